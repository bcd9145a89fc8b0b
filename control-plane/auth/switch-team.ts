import type { UserCaller } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { notFound, unauthenticated } from '../errors.ts';
import { setActiveTeam } from './store.ts';
import { readUserCaller } from './callers.ts';

/** Makes another of the caller's teams the active one of this session. Answers the caller, read anew. */
export async function switchTeam(context: Context, caller: UserCaller, teamId: string): Promise<UserCaller> {
  await context.transaction(async (sql) => {
    const switched = await setActiveTeam(sql, { sessionId: caller.credentialId, userId: caller.userId, teamId });
    if (switched.length === 0) throw notFound('team');
    await recordAudit(sql, context, { action: 'team.switch', target: teamId, teamId });
  });
  const present = await readUserCaller(context, caller.kind, caller.credentialId);
  if (!present) throw unauthenticated();
  return present;
}
