import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { Refusal } from '../errors.ts';
import type { TeamHosts } from './delete.ts';
import { visibleTeam } from './find.ts';
import { inTeam, requireStill } from './members.ts';
import { setNoExpiry, setOwnHosts, setQuota, updateTeam, type TeamChange } from './store.ts';
import type { TeamQuota, TeamRow } from './team.ts';

/** Changes a team's name and rules. */
export const changeTeam = (context: Context, team: TeamRow, change: TeamChange): Promise<TeamRow> =>
  changing(context, team, 'team.update', async (sql) => {
    await requireStill(sql, context, 'team.update', team.id);
    await updateTeam(sql, team.id, change);
  });

/**
 * Lets a team bring its own hosts, or not. What runs stays where it is. Throws TEAM_HAS_HOSTS where it is to be taken away
 * from a team that has some: nobody could use them any more.
 */
export const changeOwnHosts = (
  context: Context,
  team: TeamRow,
  hosts: TeamHosts,
  ownHosts: boolean,
): Promise<TeamRow> =>
  changing(context, team, 'team.set_own_hosts', async (sql) => {
    const names = ownHosts ? [] : await hosts.names(sql, team.id);
    if (names.length > 0) throw hasHosts(team, names);
    await setOwnHosts(sql, team.id, ownHosts);
  });

const shown = 10;

function hasHosts(team: TeamRow, names: readonly string[]): Refusal {
  const rest = names.length > shown ? ` and ${names.length - shown} more` : '';
  const count = names.length === 1 ? '1 host' : `${names.length} hosts`;
  return new Refusal(
    Code.FailedPrecondition,
    Reason.TEAM_HAS_HOSTS,
    `${team.name} has ${count} of its own: ${names.slice(0, shown).join(', ')}${rest}.`,
    { help: 'Delete them first; then this can be taken away.' },
  );
}

/** Sets what a team may use. What runs already goes on. */
export const changeQuota = (context: Context, team: TeamRow, quota: TeamQuota): Promise<TeamRow> =>
  changing(context, team, 'team.set_quota', (sql) => setQuota(sql, team.id, quota));

/** Lets a team's sandboxes live without an end, inside the caller's transaction. Idempotent. */
export async function allowEndlessLife(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  teamId: string,
): Promise<void> {
  const changed = await setNoExpiry(sql, teamId);
  if (changed.length === 0) return;
  const [before, after] = [{ quotaNoExpiry: false }, { quotaNoExpiry: true }];
  await recordAudit(sql, context, { action: 'team.set_quota', target: teamId, teamId, before, after });
}

function changing(
  context: Context,
  team: TeamRow,
  action: string,
  write: (sql: Sql) => Promise<unknown>,
): Promise<TeamRow> {
  return inTeam(context, team.id, async (sql) => {
    const before = await visibleTeam(context, team.id, sql);
    await write(sql);
    const after = await visibleTeam(context, team.id, sql);
    await recordAudit(sql, context, {
      action,
      target: team.id,
      teamId: team.id,
      before: settingsOf(before),
      after: settingsOf(after),
    });
    return after;
  });
}

const settingsOf = ({
  name,
  invitePolicy,
  requireSecondFactor,
  ownHosts,
  quotaSandboxes,
  quotaCpuMillis,
  quotaMemoryMib,
  quotaDiskMib,
  quotaSnapshots,
  quotaNoExpiry,
  quotaHosts,
}: TeamRow) => ({
  name,
  invitePolicy,
  requireSecondFactor,
  ownHosts,
  quotaSandboxes,
  quotaCpuMillis,
  quotaMemoryMib,
  quotaDiskMib,
  quotaSnapshots,
  quotaNoExpiry,
  quotaHosts,
});
