import { recordAudit } from '../audit/index.ts';
import type { Sql } from '../database/index.ts';
import type { TeamSandboxes } from '../teams/index.ts';
import { changedColumns, tellChanged, type Changed } from './changes.ts';

/** What teams ask of their sandboxes. */
export const sandboxesOfTeams: TeamSandboxes = {
  async usage(sql, teamId) {
    const [row] = await sql<Awaited<ReturnType<TeamSandboxes['usage']>>[]>`
      select count(*)::int as sandboxes, coalesce(sum(disk_mib), 0)::float8 as "diskMib", 0 as snapshots,
        coalesce(sum(cpu_millis) filter (where not (observed = 'stopped' and wanted <> 'running')), 0)::float8 as "cpuMillis",
        coalesce(sum(memory_mib) filter (where not (observed = 'stopped' and wanted <> 'running')), 0)::float8 as "memoryMib"
      from sandboxes where team_id = ${teamId} and observed not in ('destroyed', 'failed')
    `;
    return row!; // one row always
  },

  async destroyAll(sql, context, teamId) {
    const changed = await wantDestroyed(sql, teamId);
    for (const { id } of changed)
      await recordAudit(sql, context, {
        action: 'sandbox.destroy',
        target: id,
        teamId,
        reason: 'Its team was deleted.',
      });
    return changed.length;
  },
};

const wantDestroyed = (sql: Sql, teamId: string) => sql<Changed[]>`
  with live as (
    select id from sandboxes where team_id = ${teamId} and observed not in ('destroyed', 'failed') and wanted <> 'destroyed' order by id for update
  ),
  changed as (
    update sandboxes set wanted = 'destroyed', wanted_revision = wanted_revision + 1, reason = 'Its team was deleted.'
    from live where sandboxes.id = live.id
    returning ${changedColumns(sql)}
  ),
  ${tellChanged(sql)}
`;
