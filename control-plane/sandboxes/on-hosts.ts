import type { SandboxesOnHosts } from '../hosts/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Sql } from '../database/index.ts';
import { changedColumns, tellChanged, type Changed } from './changes.ts';

/** What hosts ask of the sandboxes on them. */
export const sandboxesOnHosts: SandboxesOnHosts = {
  async listLive(sql, hostId) {
    const rows = await sql<{ id: string }[]>`
      select id from sandboxes where host_id = ${hostId} and observed not in ('destroyed', 'failed') order by created_at, id
    `;
    return rows.map(({ id }) => id);
  },

  async markMissing(sql, hostIds) {
    return (await markMissing(sql, hostIds)).length;
  },

  async endAll(sql, context, hostId, reason) {
    const changed = await endAll(sql, hostId, reason);
    for (const { id, teamId } of changed)
      await recordAudit(sql, context, { action: 'sandbox.destroy', target: id, teamId, reason });
    return changed.map(({ id }) => id);
  },
};

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

const endAll = (sql: Sql, hostId: string, reason: string) => sql<Changed[]>`
  with live as (
    select id from sandboxes where host_id = ${hostId} and observed not in ('destroyed', 'failed') order by id for update
  ),
  changed as (
    update sandboxes
    set wanted = 'destroyed', wanted_revision = wanted_revision + 1, observed = 'destroyed', observed_revision = observed_revision + 1,
      reason = ${reason}, ended_at = now()
    from live where sandboxes.id = live.id
    returning ${changedColumns(sql)}
  ),
  ${tellChanged(sql)}
`;
