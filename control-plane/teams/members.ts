import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { authorize, userOf, type Action, type TeamRole, type UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { nameTaken, notAllowed, notFound, Refusal } from '../errors.ts';
import {
  countOtherOwners,
  deleteMember,
  findMember,
  isActiveUser,
  memberRole,
  setRole,
  type MemberRow,
} from './member-store.ts';
import { insertMember, lockTeam } from './store.ts';

/** Adds an existing user to a team. */
export function addMember(context: Context, teamId: string, userId: string, role: TeamRole): Promise<MemberRow> {
  return inTeam(context, teamId, async (sql) => {
    await requireStill(sql, context, 'member.manage', teamId);
    if (!(await isActiveUser(sql, userId))) throw notFound('user');
    const added = await insertMember(sql, { teamId, userId, role });
    if (added.length === 0) throw nameTaken('user_id', 'This user is a member of the team already.');
    await recordAudit(sql, context, { action: 'member.add', target: userId, teamId, after: { role } });
    return present(sql, teamId, userId);
  });
}

/** Changes a member's role. Only an owner may touch an owner, and one owner always remains. */
export function changeRole(context: Context, teamId: string, userId: string, role: TeamRole): Promise<MemberRow> {
  return inTeam(context, teamId, async (sql) => {
    const member = await present(sql, teamId, userId);
    await requireMayTouch(sql, context, teamId, member);
    if (member.role === role) return member;
    if (member.role === 'owner') await requireAnotherOwner(sql, teamId, userId);
    await setRole(sql, { teamId, userId, role });
    await recordAudit(sql, context, {
      action: 'member.set_role',
      target: userId,
      teamId,
      before: { role: member.role },
      after: { role },
    });
    return present(sql, teamId, userId);
  });
}

/** Counts the keys that stop with a membership, and tells what runs for them. */
export type StopKeysOfMember = (sql: Sql, teamId: string, userId: string) => Promise<number>;

/** Takes a member out of a team. Idempotent: somebody who is not in it stays out. Answers how many keys stopped with them. */
export function removeMember(
  context: Context,
  caller: UserCaller,
  teamId: string,
  userId: string,
  stopKeys: StopKeysOfMember,
): Promise<number> {
  return inTeam(context, teamId, async (sql) => {
    const member = await findMember(sql, teamId, userId);
    if (!member) return 0;
    if (caller.userId !== userId) await requireMayTouch(sql, context, teamId, member);
    if (member.role === 'owner') await requireAnotherOwner(sql, teamId, userId);
    const stoppedKeys = await stopKeys(sql, teamId, userId);
    await deleteMember(sql, teamId, userId);
    const action = caller.userId === userId ? 'team.leave' : 'member.remove';
    const before = { role: member.role };
    await recordAudit(sql, context, { action, target: userId, teamId, before, after: { stoppedKeys } });
    return stoppedKeys;
  });
}

/** Runs the work with the team's row locked: changes of its members come one after the other. */
export function inTeam<T>(context: Context, teamId: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  return context.transaction(async (sql) => {
    if (!(await lockTeam(sql, teamId))) throw notFound('team');
    return work(sql);
  });
}

/** The member as the row says it now. Throws `not_found` for somebody who is not in the team. */
export async function present(sql: Sql, teamId: string, userId: string): Promise<MemberRow> {
  const member = await findMember(sql, teamId, userId);
  if (!member) throw notFound('member');
  return member;
}

/** Throws unless the caller may do this in a team as it is under its lock: they may have been demoted since the request came in. */
export async function requireStill(
  sql: Sql,
  { caller }: Context,
  action: Action,
  teamId: string,
): Promise<TeamRole | undefined> {
  const user = userOf(caller);
  const role = await memberRole(sql, teamId, user.userId);
  const memberships = user.memberships.flatMap((one) => {
    if (one.teamId !== teamId) return [one];
    return role ? [{ ...one, role }] : [];
  });
  authorize({ ...user, memberships }, action, { teamId });
  return role;
}

async function requireMayTouch(sql: Sql, context: Context, teamId: string, member: MemberRow): Promise<void> {
  const own = await requireStill(sql, context, 'member.manage', teamId);
  if (member.role === 'owner' && own !== 'owner')
    throw notAllowed('Only an owner may change or remove an owner.', teamId);
}

/** Somebody else than this one who owns the team and may sign in. */
async function requireAnotherOwner(sql: Sql, teamId: string, userId: string): Promise<void> {
  if ((await countOtherOwners(sql, teamId, userId)) > 0) return;
  throw new Refusal(
    Code.FailedPrecondition,
    Reason.LAST_OWNER,
    'A team must have an owner, and this is the last one.',
    {
      help: 'Hand ownership over to another member first, or delete the team.',
    },
  );
}
