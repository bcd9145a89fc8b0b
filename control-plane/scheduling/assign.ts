import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { notFound, wrongState } from '../errors.ts';
import { announce } from '../events/index.ts';
import { findAssignable, lockPlacement, setAssignedTeam } from './store.ts';

type Asking = Pick<Context, 'caller' | 'origin'>;

/**
 * Makes a machine of the platform a team's alone: it stays the platform's, the team's sandboxes run only there, and nobody
 * else's do. Throws where others still have sandboxes there. Idempotent.
 */
export async function assignHost(sql: Sql, context: Asking, hostId: string, teamId: string): Promise<void> {
  // Until the transaction ends, nobody places anything there.
  await lockPlacement(sql);
  const host = await findAssignable(sql, hostId, teamId);
  if (!host) throw notFound('host');
  if (host.assignedTeamId === teamId) return;
  if (host.assignedTeamId !== null)
    throw wrongState(`The machine ${host.name} is another team’s.`, 'Choose another machine.');
  if (host.othersSandboxes > 0)
    throw wrongState(
      `Others still have ${host.othersSandboxes === 1 ? 'a sandbox' : `${host.othersSandboxes} sandboxes`} on ${host.name}.`,
      'Drain it first and repeat this; then let it take sandboxes again.',
    );
  await setAssignedTeam(sql, hostId, teamId);
  await recordAudit(sql, context, { action: 'host.assign', target: hostId, after: { team: teamId } });
  await announce(sql, 'host', [hostId]);
}

/** Gives a machine back to everybody. Idempotent. */
export async function releaseHost(sql: Sql, context: Asking, hostId: string, teamId: string): Promise<void> {
  const host = await findAssignable(sql, hostId, teamId);
  if (host?.assignedTeamId !== teamId) return;
  await setAssignedTeam(sql, hostId, null);
  await recordAudit(sql, context, { action: 'host.release', target: hostId, before: { team: teamId } });
  await announce(sql, 'host', [hostId]);
}
