import type { Sql } from '../../database/index.ts';

/** A host that somebody should look at, and why: each of the times is null where that is not so. */
export interface HostTrouble {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly quarantinedAt: Date | null;
  readonly quarantineReason: string;
  /** When it was last written down that another agent instance was refused. */
  readonly secondAgentAt: Date | null;
  /** When the oldest was seen of those that nobody has decided about. */
  readonly unknownSince: Date | null;
  readonly unknownSandboxes: number;
  readonly gaveUpAt: Date | null;
  readonly drainReason: string;
}

/** A second agent is written down once an hour while it tries: after so long without that it is gone. */
const secondAgentForMs = 7_200_000;

/** Hosts in trouble, by name. */
export const findTroubles = (sql: Sql) => sql<HostTrouble[]>`
  with host as materialized (
    select id, name, labels, quarantined_at, quarantine_reason, unknown_beyond,
      case when connection_refused_at > now() - ${secondAgentForMs}::float8 * interval '1 millisecond' then connection_refused_at end as second_agent_at
    from hosts where status <> 'deleted'
  ),
  unknown as (
    select host_id, count(*)::int as sandboxes, min(first_seen_at) as since
    from unknown_sandboxes where gone_at is null and released_at is null group by host_id
  )
  select host.id, host.name, host.labels, host.quarantined_at as "quarantinedAt", coalesce(host.quarantine_reason, '') as "quarantineReason",
    host.second_agent_at as "secondAgentAt", unknown.since as "unknownSince",
    coalesce(unknown.sandboxes + host.unknown_beyond, 0) as "unknownSandboxes", drain.ended_at as "gaveUpAt", coalesce(drain.reason, '') as "drainReason"
  from host
  left join unknown on unknown.host_id = host.id
  left join host_drains drain on drain.host_id = host.id and drain.state = 'gave_up'
  where host.quarantined_at is not null or host.second_agent_at is not null or unknown.since is not null or drain.ended_at is not null
  order by host.name, host.id
`;
