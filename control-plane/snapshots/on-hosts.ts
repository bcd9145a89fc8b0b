import { recordAudit } from '../audit/index.ts';
import { announce } from '../events/index.ts';
import type { AffectedSnapshot, SandboxesOnHosts, ThingsOnHosts } from '../hosts/index.ts';
import type { Sql } from '../database/index.ts';

/** What hosts ask of the sandboxes on them, with what was kept of those. */
export const withSnapshotsOnHosts = (sandboxes: SandboxesOnHosts): ThingsOnHosts => ({
  ...sandboxes,

  listOnlyHere: (sql, hostId) => findOnlyOn(sql, hostId),

  async endAll(sql, context, hostId, reason) {
    const lost = await findOnlyOn(sql, hostId);
    await failOn(
      sql,
      hostId,
      lost.map(({ id }) => id),
    );
    for (const { id, teamId } of lost)
      await recordAudit(sql, context, { action: 'snapshot.lost', target: id, teamId, reason });
    await announce(sql, 'layer', [hostId]);
    return sandboxes.endAll(sql, context, hostId, reason);
  },
});

/** Of each of their layers there is a copy in the store or on another host that serves the team, or they are lost with this one. */
const findOnlyOn = (sql: Sql, hostId: string) => sql<AffectedSnapshot[]>`
  select snapshot.id, snapshot.name, snapshot.team_id as "teamId", team.name as "teamName"
  from snapshots snapshot join teams team on team.id = snapshot.team_id and team.deleted_at is null
  where snapshot.state = 'ready' and exists (
    select from unnest(snapshot.layers) as digest
    where exists (select from hosts host where host.id = ${hostId} and (host.team_id is null or host.team_id = snapshot.team_id) and digest.digest = any(host.layers || host.template_digests))
      and not exists (select from layers layer where layer.digest = digest.digest and layer.stored_at is not null)
      and not exists (
        select from hosts other
        where other.id <> ${hostId} and other.status <> 'deleted' and (other.team_id is null or other.team_id = snapshot.team_id)
          and digest.digest = any(other.layers || other.template_digests)
      )
  )
  order by snapshot.created_at, snapshot.id
`;

/** Those that were being made there have failed, too. */
const failOn = (sql: Sql, hostId: string, lost: readonly string[]) => sql`
  update snapshots set state = 'failed', reason = 'Its host was deleted, and it was nowhere else.'
  where id = any(${lost as string[]}::text[]) or (host_id = ${hostId} and state = 'creating')
`;
