import type { Sql } from '../../database/index.ts';
import { announcement } from '../../events/index.ts';
import type { Beat, BeatAnswer } from './heartbeat.ts';

/**
 * Writes the heartbeats of many hosts at once, one per host; answers what the database knows of each (nothing where it
 * knows none). Rows are locked in id order, so that two replicas cannot deadlock. A beat of another epoch changes
 * nothing, nor does an old one of the same instance. Each batch takes the next number of the database's state, and tells
 * everybody which hosts it has changed. What was written is looked up and not joined: the planner takes it for one row, and
 * would go through all of it for each host.
 */
export const recordHeartbeats = (
  sql: Sql,
  beats: readonly Beat[],
  nonces: ReadonlyMap<string, Uint8Array> = new Map(),
) => sql<BeatAnswer[]>`
  with beat as (
    select host_id, epoch, boot_id, instance_id, sequence, sent_at_ms, decode(digest, 'hex') as digest, specs::jsonb as specs, decode(nonce, 'hex') as nonce
    from unnest(
      ${beats.map(({ hostId }) => hostId)}::text[], ${beats.map(({ epoch }) => epoch)}::int[], ${beats.map(({ bootId }) => bootId)}::text[],
      ${beats.map(({ instanceId }) => instanceId)}::text[], ${beats.map(({ sequence }) => sequence.toString())}::bigint[],
      ${beats.map(({ sentAtMs }) => sentAtMs ?? null)}::float8[], ${beats.map(({ digest }) => Buffer.from(digest).toString('hex'))}::text[],
      ${beats.map(({ specs }) => (specs ? JSON.stringify(specs) : null))}::text[], ${beats.map(({ hostId }) => hexOf(nonces.get(hostId)))}::text[]
    ) as beat(host_id, epoch, boot_id, instance_id, sequence, sent_at_ms, digest, specs, nonce)
  ),
  state as materialized (select nextval('state_sequence') as sequence),
  known as (
    select host.id, host.status, host.epoch, host.enrolment_id, host.boot_id, host.instance_id, host.last_sequence, host.reconciled_digest, host.public_key,
      host.report_nonce, host.previous_report_nonce, host.reports_refused_at, host.quarantined_at
    from hosts host join beat on beat.host_id = host.id
    order by host.id
    for no key update of host
  ),
  written as (
    update hosts
    set last_seen_at = now(), status = 'online', boot_id = beat.boot_id, instance_id = beat.instance_id, last_sequence = beat.sequence,
      clock_skew_ms = coalesce(greatest(least(beat.sent_at_ms - extract(epoch from now()) * 1000, 1e15), -1e15)::bigint, clock_skew_ms),
      retired_instances = case when hosts.instance_id is null or hosts.instance_id = beat.instance_id then retired_instances
        else (array_prepend(hosts.instance_id, array_remove(retired_instances, beat.instance_id)))[1:${rememberedInstances}] end,
      instance_returns = case
        when hosts.instance_id is not distinct from beat.instance_id or not beat.instance_id = any(retired_instances) then instance_returns
        when instance_returned_at > now() - ${returnsWithinMs}::float8 * interval '1 millisecond' then instance_returns + 1
        else 1 end,
      instance_returned_at = case when hosts.instance_id <> beat.instance_id and beat.instance_id = any(retired_instances) then now() else instance_returned_at end,
      reported_digest = beat.digest, report_nonce = beat.nonce, previous_report_nonce = hosts.report_nonce,
      arch = coalesce(beat.specs->>'arch', arch), cpus = coalesce((beat.specs->>'cpus')::int, cpus),
      memory_mib = coalesce((beat.specs->>'memoryMib')::bigint, memory_mib), disk_mib = coalesce((beat.specs->>'diskMib')::bigint, disk_mib),
      os = coalesce(beat.specs->>'os', os), kernel = coalesce(beat.specs->>'kernel', kernel),
      hostname = coalesce(beat.specs->>'hostname', hostname), agent_version = coalesce(beat.specs->>'agentVersion', agent_version),
      agent_sha = coalesce(beat.specs->>'agentSha', agent_sha), runtime = coalesce(beat.specs->>'runtime', runtime),
      runtime_problem = coalesce(beat.specs->>'runtimeProblem', runtime_problem),
      egress = coalesce((beat.specs->>'egress')::boolean, egress),
      egress_problem = coalesce(beat.specs->>'egressProblem', egress_problem),
      missing_builders = case when beat.specs is null then missing_builders else array(select jsonb_array_elements_text(beat.specs->'missingBuilders')) end,
      templates = case when beat.specs is null then templates else array(select jsonb_array_elements_text(beat.specs->'templates')) end,
      -- What was made there a moment ago came after what this says.
      layers = case when beat.specs is null then layers else array(
        select jsonb_array_elements_text(beat.specs->'layers')
        union select layer.digest from layers layer where layer.digest = any(hosts.layers) and layer.created_at > now() - interval '30 seconds'
        order by 1) end,
      template_digests = case when beat.specs is null then template_digests else array(select jsonb_array_elements_text(beat.specs->'templateDigests')) end
    from beat join known on known.id = beat.host_id
    where hosts.id = beat.host_id and known.status in ('online', 'unreachable') and known.epoch = beat.epoch
      and (known.instance_id is distinct from beat.instance_id or coalesce(known.last_sequence, -1) < beat.sequence)
    returning hosts.id, ${announcement(sql, 'host', sql`hosts.id`)},
      case when hosts.instance_returned_at > now() - ${returnsWithinMs}::float8 * interval '1 millisecond' then hosts.instance_returns else 0 end as instance_returns
  ),
  happened as (
    insert into host_events (host_id, kind)
    select known.id, event.kind
    from known join beat on beat.host_id = known.id join written on written.id = known.id
    cross join lateral unnest(array[
      case when known.status = 'unreachable' then 'online' end,
      case when known.boot_id <> beat.boot_id then 'machine_started' when known.instance_id <> beat.instance_id then 'agent_started' end
    ]::host_event_kind[]) as event(kind)
    where event.kind is not null and not exists (
      select from host_events told
      where told.host_id = known.id and told.kind = event.kind and told.at > now() - ${sameAgainMs}::float8 * interval '1 millisecond'
    )
  )
  select known.id as "hostId", known.status, known.epoch, coalesce(known.enrolment_id, '') as "enrolmentId", now() as now,
    known.id in (select id from written) as written,
    known.id in (select id from written) and known.reconciled_digest is distinct from beat.digest as "digestChanged",
    current.generation as "currentGeneration", pending.generation as "pendingGeneration", known.public_key as "publicKey",
    known.report_nonce as "reportNonce", known.previous_report_nonce as "previousReportNonce", known.reports_refused_at as "reportsRefusedAt",
    known.quarantined_at is not null as quarantined, coalesce((returned.times ->> known.id)::int, 0) as "instanceReturns",
    life.generation as "stateGeneration", state.sequence::text as "stateSequence"
  from known
  cross join state
  cross join database_life life
  cross join (select jsonb_object_agg(id, instance_returns) filter (where instance_returns > 0) as times from written) as returned
  join beat on beat.host_id = known.id
  left join host_families family on family.host_id = known.id and family.state = 'active'
  left join host_refresh_tokens current on current.family_id = family.id and current.state = 'current'
  left join host_refresh_tokens pending on pending.family_id = family.id and pending.state = 'pending'
`;

/** Of a host that is restarted again and again. */
const rememberedInstances = 8;
/** Longer ago, one has nothing to do with the other. */
const returnsWithinMs = 300_000;

/** What happens more often is told once in a while. */
const sameAgainMs = 1_000;

const hexOf = (bytes: Uint8Array | undefined): string | null => (bytes ? Buffer.from(bytes).toString('hex') : null);

/** Says that reports of these hosts were refused now. */
export const recordRefusedReports = (sql: Sql, hostIds: readonly string[]) => sql`
  update hosts set reports_refused_at = now() where id = any(${hostIds as string[]}::text[])
`;
