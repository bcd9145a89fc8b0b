import { userOf } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { attempt, listCredentials, revokeCredentials } from '../credentials/index.ts';
import type { Sql } from '../database/index.ts';
import { notFound } from '../errors.ts';
import { announce } from '../events/index.ts';
import { requireAllowed } from '../state-rules.ts';
import { lockTeam, requireStill } from '../teams/index.ts';
import { visibleIdentity } from './find.ts';
import { identityActions, type Identity } from './identity.ts';
import { withSecondPerson, type Outcome } from './second-person.ts';
import { setMaker, setState } from './store.ts';

/** The identity as it is now. Changes of a team's identities come one after the other. */
async function lockIdentity(sql: Sql, context: Context, id: string): Promise<Identity> {
  const { teamId } = await visibleIdentity(context, id, sql);
  if (!(await lockTeam(sql, teamId))) throw notFound('machine identity');
  return visibleIdentity(context, id, sql);
}

/** The same, for who may still manage it under its lock: they may have been demoted since the request came in. */
export async function lockManaged(sql: Sql, context: Context, id: string): Promise<Identity> {
  const identity = await lockIdentity(sql, context, id);
  await requireStill(sql, context, 'identity.manage', identity.teamId);
  return identity;
}

/** Stops an identity from its next request on. Idempotent, and never waits for anybody. */
export function pauseIdentity(context: Context, { id }: Identity, dryRun: boolean): Promise<Identity> {
  return attempt(context, dryRun, async (sql) => {
    const { state, teamId } = await lockIdentity(sql, context, id);
    requireAllowed(identityActions.pause, state);
    if (state === 'active') {
      await setState(sql, id, 'paused');
      await recordAudit(sql, context, { action: 'identity.pause', target: id, teamId });
      const credentials = await listCredentials(sql, id);
      await announce(
        sql,
        'credential',
        credentials.map((one) => one.id),
      );
    }
    return visibleIdentity(context, id, sql);
  });
}

/** Lets a paused identity work again. Where its maker has no role any more, the caller becomes its maker. Idempotent. */
export function resumeIdentity(context: Context, { id }: Identity, dryRun: boolean): Promise<Outcome<Identity>> {
  return attempt(context, dryRun, async (sql) => {
    const { state, orphaned, name, teamId, environment, makerId } = await lockManaged(sql, context, id);
    requireAllowed(identityActions.resume, state);
    if (state === 'active' && !orphaned) return { result: await visibleIdentity(context, id, sql) };
    const caller = userOf(context.caller);
    const request = { identityId: id, newMaker: orphaned ? caller.userId : null };
    const change = { operation: 'resume', teamId, environment, identityId: id, identityName: name, request } as const;
    return withSecondPerson(sql, context, change, async () => {
      await setState(sql, id, 'active');
      if (orphaned) await setMaker(sql, id, caller.userId);
      await recordAudit(sql, context, {
        action: 'identity.resume',
        target: id,
        teamId,
        before: { state, maker: makerId },
        after: { state: 'active', maker: orphaned ? caller.userId : makerId },
      });
      return visibleIdentity(context, id, sql);
    });
  });
}

/** Ends an identity and its credentials, for good. Idempotent, and never waits for anybody. */
export function revokeIdentity(context: Context, { id }: Identity, dryRun: boolean): Promise<Identity> {
  return attempt(context, dryRun, async (sql) => {
    const { state, teamId, name } = await lockIdentity(sql, context, id);
    if (state !== 'revoked') {
      await setState(sql, id, 'revoked');
      const ended = await revokeCredentials(sql, id);
      await recordAudit(sql, context, { action: 'identity.revoke', target: id, teamId, before: { name, state } });
      await announce(
        sql,
        'credential',
        ended.map((one) => one.id),
      );
    }
    return visibleIdentity(context, id, sql);
  });
}
