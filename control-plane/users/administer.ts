import { recordAudit } from '../audit/index.ts';
import type { UserCaller } from '../access/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { displayName } from '../display-name.ts';
import { notAllowed, notFound, wrongState } from '../errors.ts';
import { announce } from '../events/index.ts';
import { lockOwnedAlone } from '../teams/index.ts';
import {
  endSessions,
  findPerson,
  findUser,
  lockPlatformAdmins,
  lockUser,
  renameUser,
  setActive,
  setPlatformAdmin,
} from './directory-store.ts';
import type { UserRow } from './user.ts';

/** Changes the caller's own name. */
export function rename(context: Context, caller: UserCaller, name: string): Promise<UserRow> {
  return context.transaction(async (sql) => {
    await lockUser(sql, caller.userId);
    const before = present(await findUser(sql, caller.userId));
    await renameUser(sql, caller.userId, displayName('name', name));
    const after = present(await findUser(sql, caller.userId));
    await recordAudit(sql, context, {
      action: 'user.update',
      target: caller.userId,
      before: { name: before.name },
      after: { name: after.name },
    });
    return after;
  });
}

/** A user who was locked out or let in. */
export interface ChangedActive {
  readonly user: UserRow;
  /** Teams that nobody who may sign in owns as long as they are locked out, by name. */
  readonly teamsWithoutOwner: readonly string[];
}

/**
 * Locks a user out, with all sessions, or lets them in again. Whoever has to be locked out is, also where a team has no
 * other owner: it waits for them, and the answer says so. Under the locks of their teams, so that no other owner leaves
 * in the same moment without seeing it.
 */
export function changeActive(context: Context, userId: string, active: boolean): Promise<ChangedActive> {
  if ('userId' in context.caller && userId === context.caller.userId)
    throw notAllowed('You cannot lock yourself out: ask another platform admin.');
  return context.transaction(async (sql) => {
    const admins = await lockPlatformAdmins(sql, hasPasswords(context));
    const user = present(await findUser(sql, userId));
    const alone = active ? [] : await lockOwnedAlone(sql, userId);
    const teamsWithoutOwner = alone.map(({ name }) => name);
    if (user.active === active) return { user, teamsWithoutOwner };
    if (!active) requireAnotherAdmin(admins, userId);
    await setActive(sql, userId, active);
    const ended = active ? [] : (await endSessions(sql, userId)).map(({ id }) => id);
    await recordAudit(sql, context, {
      action: 'user.set_active',
      target: userId,
      before: { active: user.active },
      after: { active, ...(alone.length > 0 && { teamsWithoutOwner: alone.map(({ id }) => id) }) },
    });
    await announce(sql, 'session', ended);
    // The keys that they made stop with them.
    await announce(sql, 'credential', ['*']);
    return { user: { ...user, active }, teamsWithoutOwner };
  });
}

/** Makes a user a platform admin, or no longer. One always remains. */
export function changePlatformAdmin(context: Context, userId: string, platformAdmin: boolean): Promise<UserRow> {
  return context.transaction(async (sql) => {
    const admins = await lockPlatformAdmins(sql, hasPasswords(context));
    const user = present(await findUser(sql, userId));
    if (user.platformAdmin === platformAdmin) return user;
    if ((await findPerson(sql, userId))?.hasPassword === false) {
      throw wrongState(
        'This user comes from the sign-in service: the configuration of the server names who of them runs the installation.',
        'Change MUSTER_PLATFORM_ADMINS and start the server anew.',
      );
    }
    if (!platformAdmin) requireAnotherAdmin(admins, userId);
    await setPlatformAdmin(sql, userId, platformAdmin);
    await recordAudit(sql, context, {
      action: 'user.set_platform_admin',
      target: userId,
      before: { platformAdmin: user.platformAdmin },
      after: { platformAdmin },
    });
    await announce(sql, 'credential', ['*']);
    return { ...user, platformAdmin };
  });
}

/** Makes an account an active platform admin again, inside the caller's transaction: for who lost the last one. */
export async function restorePlatformAdmin(sql: Sql, context: Context, userId: string): Promise<void> {
  await lockPlatformAdmins(sql, hasPasswords(context));
  const { active, platformAdmin } = present(await findUser(sql, userId));
  await setActive(sql, userId, true);
  await setPlatformAdmin(sql, userId, true);
  await recordAudit(sql, context, {
    action: 'user.recover',
    target: userId,
    before: { active, platformAdmin },
    after: { active: true, platformAdmin: true },
  });
  await announce(sql, 'credential', ['*']);
}

/** Whether people sign in by password, so that those who do are the ones who can run the installation. */
const hasPasswords = ({ config }: Context): boolean =>
  config.signIn.mode === 'password' || config.signIn.mode === 'keys_only';

/** Refuses the last one who runs the installation; who does are locked until the transaction ends. */
export async function requireNotLastAdmin(sql: Sql, context: Context, userId: string): Promise<void> {
  requireAnotherAdmin(await lockPlatformAdmins(sql, hasPasswords(context)), userId);
}

function requireAnotherAdmin(admins: readonly string[], userId: string): void {
  if (admins.length > 1 || !admins.includes(userId)) return;
  throw wrongState(
    'The installation must have a platform admin, and this is the last one.',
    'Make somebody else a platform admin first.',
  );
}

function present(user: UserRow | undefined): UserRow {
  if (!user) throw notFound('user');
  return user;
}
