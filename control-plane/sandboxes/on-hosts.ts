import type { AffectedSandbox, SandboxesOnHosts } from '../hosts/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Sql } from '../database/index.ts';
import { changedColumns, tellChanged, type Changed } from './changes.ts';
import { labelOf, type States } from './states.ts';

/** What hosts ask of the sandboxes on them. */
export const sandboxesOnHosts: SandboxesOnHosts = {
  async listLive(sql, hostId, page) {
    const rows = await listLive(sql, hostId, page);
    return rows.map(({ wanted, observed, ...row }) => ({ ...row, state: labelOf({ wanted, observed }) }));
  },

  async countLive(sql, hostId) {
    const [row] = await sql<{ live: number }[]>`select live from sandboxes_left where host_id = ${hostId}`;
    return row?.live ?? 0;
  },

  async markMissing(sql, hostIds) {
    return (await markMissing(sql, hostIds)).length;
  },

  async wantAll(sql, context, hostId, wanted, reason) {
    const changed =
      wanted === 'stopped' ? await wantStopped(sql, hostId, reason) : await wantDestroyed(sql, hostId, reason);
    const action = wanted === 'stopped' ? 'sandbox.stop' : 'sandbox.destroy';
    for (const { id, teamId } of changed) await recordAudit(sql, context, { action, target: id, teamId, reason });
    return changed.length;
  },

  async endAll(sql, context, hostId, reason) {
    const changed = await endAll(sql, hostId, reason);
    for (const { id, teamId } of changed)
      await recordAudit(sql, context, { action: 'sandbox.destroy', target: id, teamId, reason });
    return changed.map(({ id }) => id);
  },
};

const micros = (sql: Sql) => sql`(extract(epoch from sandbox.created_at) * 1000000)::bigint`;

const listLive = (sql: Sql, hostId: string, { after, limit }: Parameters<SandboxesOnHosts['listLive']>[2]) => sql<
  (Omit<AffectedSandbox, 'state'> & States)[]
>`
  select sandbox.id, sandbox.team_id as "teamId", team.name as "teamName", sandbox.template, sandbox.created_at as "createdAt",
    ${micros(sql)}::text as "createdMicros", sandbox.wanted, sandbox.observed
  from sandboxes sandbox join teams team on team.id = sandbox.team_id
  where sandbox.host_id = ${hostId} and sandbox.observed not in ('destroyed', 'failed')
    and ${after ? sql`(${micros(sql)}, sandbox.id) > (${after[0]!}::bigint, ${after[1]!})` : sql`true`}
  order by sandbox.created_at, sandbox.id
  limit ${limit}
`;

/** Nothing is known of what ran there; what should be stays as it was, and only evidence ends it. */
const markMissing = (sql: Sql, hostIds: readonly string[]) => sql<Changed[]>`
  with lost as (
    select id from sandboxes where host_id = any(${hostIds as string[]}::text[]) and observed in ('running', 'paused') order by id for update
  ),
  changed as (
    update sandboxes set observed = 'missing', observed_revision = observed_revision + 1, reason = 'Its host cannot be reached.'
    from lost where sandboxes.id = lost.id
    returning ${changedColumns(sql)}
  ),
  ${tellChanged(sql)}
`;

/** Of those that are being made, too, once they run. */
const wantStopped = (sql: Sql, hostId: string, reason: string) => sql<Changed[]>`
  with live as (
    select id from sandboxes
    where host_id = ${hostId} and observed in ('running', 'paused', 'missing', 'stopped') and wanted in ('running', 'paused')
    order by id for update
  ),
  changed as (
    update sandboxes set wanted = 'stopped', wanted_revision = wanted_revision + 1, reason = ${reason}
    from live where sandboxes.id = live.id
    returning ${changedColumns(sql)}
  ),
  ${tellChanged(sql)}
`;

const wantDestroyed = (sql: Sql, hostId: string, reason: string) => sql<Changed[]>`
  with live as (
    select id from sandboxes where host_id = ${hostId} and observed not in ('destroyed', 'failed') and wanted <> 'destroyed' order by id for update
  ),
  changed as (
    update sandboxes set wanted = 'destroyed', wanted_revision = wanted_revision + 1, reason = ${reason}
    from live where sandboxes.id = live.id
    returning ${changedColumns(sql)}
  ),
  ${tellChanged(sql)}
`;

const endAll = (sql: Sql, hostId: string, reason: string) => sql<Changed[]>`
  with live as (
    select id from sandboxes where host_id = ${hostId} and observed not in ('destroyed', 'failed') order by id for update
  ),
  changed as (
    update sandboxes
    set wanted = 'destroyed', wanted_revision = wanted_revision + 1, observed = 'destroyed', observed_revision = observed_revision + 1,
      reason = ${reason}, ended_at = now(), env = '{}'
    from live where sandboxes.id = live.id
    returning ${changedColumns(sql)}
  ),
  ${tellChanged(sql)}
`;
