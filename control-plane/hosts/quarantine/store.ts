import type { Sql } from '../../database/index.ts';

/** Locks the family that a host lives on after a finding, and keeps new sandboxes away. Answers whether it was not quarantined before. */
export async function quarantine(sql: Sql, hostId: string, reason: string): Promise<boolean> {
  await sql`update host_families set state = 'locked', changed_at = now(), reason = ${reason} where host_id = ${hostId} and state = 'active'`;
  const rows = await sql`
    update hosts set quarantined_at = now(), quarantine_reason = ${reason} where id = ${hostId} and quarantined_at is null returning id
  `;
  return rows.length > 0;
}

/** Ends a host's quarantine, and all that was issued before. Answers why it was quarantined; undefined where it was not. */
export async function unlock(sql: Sql, hostId: string): Promise<string | undefined> {
  const [row] = await sql<{ reason: string }[]>`
    update hosts host
    set quarantined_at = null, quarantine_reason = null, epoch = host.epoch + 1, retired_instances = '{}', instance_returns = 0
    from hosts before
    where host.id = ${hostId} and before.id = host.id and before.quarantined_at is not null
    returning coalesce(before.quarantine_reason, '') as reason
  `;
  if (!row) return undefined;
  await sql`update host_families set state = 'active', changed_at = now(), reason = null where host_id = ${hostId} and state = 'locked'`;
  return row.reason;
}

/**
 * Whether whoever is connected as a host may be a copy of it: who has connected since it was quarantined. To be asked
 * after what it said was heard.
 */
export async function mayBeCopy(sql: Sql, hostId: string): Promise<boolean> {
  const [row] = await sql<{ doubtful: boolean }[]>`
    select not exists (
      select from host_connections connection where connection.host_id = host.id and connection.connected_at < host.quarantined_at
    ) as doubtful
    from hosts host where host.id = ${hostId} and host.quarantined_at is not null
  `;
  return row?.doubtful ?? false;
}
