import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { notFound } from '../errors.ts';
import { visibleTeam } from './find.ts';
import { lockTeam, setOwnHosts, setQuota, updateTeam, type TeamChange } from './store.ts';
import type { TeamQuota, TeamRow } from './team.ts';

/** Changes a team's name and rules. */
export const changeTeam = (context: Context, team: TeamRow, change: TeamChange): Promise<TeamRow> =>
  changing(context, team, 'team.update', (sql) => updateTeam(sql, team.id, change));

/** Lets a team bring its own hosts, or not. What runs stays where it is. */
export const changeOwnHosts = (context: Context, team: TeamRow, ownHosts: boolean): Promise<TeamRow> =>
  changing(context, team, 'team.set_own_hosts', (sql) => setOwnHosts(sql, team.id, ownHosts));

/** Sets what a team may use. What runs already goes on. */
export const changeQuota = (context: Context, team: TeamRow, quota: TeamQuota): Promise<TeamRow> =>
  changing(context, team, 'team.set_quota', (sql) => setQuota(sql, team.id, quota));

function changing(
  context: Context,
  team: TeamRow,
  action: string,
  write: (sql: Sql) => Promise<unknown>,
): Promise<TeamRow> {
  return context.transaction(async (sql) => {
    if (!(await lockTeam(sql, team.id))) throw notFound('team');
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
});
