import type postgres from 'postgres';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';
import type { Report } from '../fleet/index.ts';
import type { Held, Rollout, RolloutState, Strategy, Update, UpdateState } from './rollout.ts';
import { updateMoves } from './states.ts';

const rolloutRow = (sql: Sql) => sql`
  select rollout.id, rollout.repository, rollout.components, rollout.target_sha as "targetSha", rollout.target_subject as "targetSubject",
    rollout.canary_hosts as "canaryHosts", rollout.batch_size as "batchSize", rollout.soak_ms::float8 as "soakMs",
    rollout.max_failures as "maxFailures", rollout.catch_up as "catchUp", rollout.catch_up_ms::float8 as "catchUpMs",
    rollout.verify_ms::float8 as "verifyMs", rollout.return_on_failure as "returnOnFailure", rollout.include_pinned as "includePinned", rollout.reason,
    coalesce(creator.name, rollout.created_by) as "createdBy", rollout.created_at as "createdAt", rollout.state, rollout.outcome,
    rollout.sentence, rollout.batch, rollout.batch_began_at as "batchBeganAt", rollout.soak_began_at as "soakBeganAt", rollout.ended_at as "endedAt",
    coalesce((select max(batch) + 1 from rollout_updates where rollout_id = rollout.id), 0) as batches,
    coalesce((
      select jsonb_object_agg(state, updates)
      from (select state, count(*)::int as updates from rollout_updates where rollout_id = rollout.id group by state) counted
    ), '{}') as counts
  from rollouts rollout
  left join subject_names creator on creator.id = split_part(rollout.created_by, ':', 2)
`;

export async function findRollout(sql: Sql, id: string): Promise<Rollout | undefined> {
  const [row] = await sql<Rollout[]>`${rolloutRow(sql)} where rollout.id = ${id}`;
  return row;
}

/** What the caller is called; where nothing is known of them, what the audit calls them. */
export async function findCallerName(sql: Sql, { caller }: Context): Promise<string> {
  const [row] = await sql<
    { name: string }[]
  >`select name from subject_names where id = split_part(${caller.actor}, ':', 2)`;
  return row?.name ?? caller.actor;
}

/** The rollout that this request has made before. */
export async function findRolloutByRequest(sql: Sql, requestId: string): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`select id from rollouts where request_id = ${requestId}`;
  return row?.id;
}

/** Newest first, from the one after `after` (its id) on. */
export const listRollouts = (sql: Sql, repository: string, after: string | undefined, limit: number) => sql<Rollout[]>`
  ${rolloutRow(sql)}
  where ${repository} in ('', rollout.repository)
    and ${after === undefined ? sql`true` : sql`(rollout.created_at, rollout.id) < (select created_at, id from rollouts where id = ${after})`}
  order by rollout.created_at desc, rollout.id desc
  limit ${limit}
`;

/** Ids of the rollouts that are not over. */
export async function findRolloutsUnderWay(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select id from rollouts where state in ('running', 'paused', 'stopping') order by created_at, id
  `;
  return rows.map(({ id }) => id);
}

/** The pin of this component, where it holds now at another commit than this one. */
const heldAt = (sql: Sql, host: postgres.Fragment, component: postgres.Fragment, target: postgres.Fragment) => sql`(
  select jsonb_build_object('sha', pin.sha, 'reason', pin.reason) from component_pins pin
  where pin.host_id = ${host} and pin.component = ${component} and pin.sha <> ${target}
    and (pin.until is null or pin.until > now())
)`;

/** Whether a host can be given commands: a quarantine keeps them from it, also where its agent is connected. */
const asked = (sql: Sql) => sql`(connection.host_id is not null and host.quarantined_at is null)`;

type UpdateRow = Omit<Update, 'report'> & Report & { readonly reported: boolean };

/** The updates of a rollout by batch, host and component, each with what its host last said. */
export async function readUpdates(sql: Sql, rolloutId: string): Promise<Update[]> {
  const rows = await sql<UpdateRow[]>`
    select rollout_update.id, rollout_update.host_id as "hostId", host.name as "hostName", host.status = 'deleted' as "hostDeleted",
      rollout_update.component, rollout_update.place, rollout_update.batch, rollout_update.state, rollout_update.reason,
      rollout_update.from_sha as "fromSha", rollout_update.started_at as "startedAt", rollout_update.ended_at as "endedAt",
      rollout_update.command_ended_at as "commandEndedAt", rollout_update.command_problem as "commandProblem",
      ${heldAt(sql, sql`rollout_update.host_id`, sql`rollout_update.component`, sql`rollout.target_sha`)} as held,
      rollout_update.stop_asked as "stopAsked", rollout_update.last_line as "lastLine", ${asked(sql)} as connected,
      host.status = 'online' and host.quarantined_at is null as answers, host.quarantined_at is not null as quarantined,
      -- What it tells while it is quarantined says nothing of its command, which it is not asked about.
      least(host.last_seen_at, host.quarantined_at) as "lastSeenAt", report.host_id is not null as reported, coalesce(report.repository, '') as repository,
      coalesce(report.running_sha, '') as "runningSha", coalesce(report.worktree_sha, '') as "worktreeSha",
      coalesce(report.dirty, false) as dirty, coalesce(report.build_source, 'unspecified') as "buildSource",
      coalesce(report.no_process, false) as "noProcess", report.built_at as "builtAt", report.started_at as "processStartedAt", coalesce(report.probe_error, '') as "probeError",
      report.reported_at as "reportedAt"
    from rollout_updates rollout_update
    join rollouts rollout on rollout.id = rollout_update.rollout_id
    join hosts host on host.id = rollout_update.host_id
    left join live_connections connection on connection.host_id = host.id
    left join component_reports report on report.host_id = host.id and report.component = rollout_update.component
    where rollout_update.rollout_id = ${rolloutId}
    order by rollout_update.batch, host.name, rollout_update.host_id, rollout_update.place
  `;
  return rows.map((row) => toUpdate(row));
}

function toUpdate(row: UpdateRow & { readonly processStartedAt?: Date | null }): Update {
  const {
    reported,
    repository,
    runningSha,
    worktreeSha,
    dirty,
    buildSource,
    noProcess,
    builtAt,
    probeError,
    reportedAt,
    ...update
  } = row;
  const { processStartedAt = null, component } = row;
  const report = {
    component,
    repository,
    runningSha,
    worktreeSha,
    dirty,
    buildSource,
    noProcess,
    builtAt,
    startedAt: processStartedAt,
    probeError,
    reportedAt,
  };
  return { ...update, report: reported ? report : undefined };
}

/** A component on a host that a rollout could bring forward. */
export interface Candidate {
  readonly hostId: string;
  readonly hostName: string;
  readonly component: string;
  readonly connected: boolean;
  readonly fromSha: string;
  /** Its pin, unless that is at the target. */
  readonly held: Held | null;
}

export interface Selection {
  readonly repository: string;
  readonly components: readonly string[];
  /** Empty: not by id. */
  readonly hostIds: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What of a selection reports such a component, by name of the host. */
export const findCandidates = (
  sql: Sql,
  { repository, components, hostIds, labels }: Selection,
  targetSha: string,
) => sql<Candidate[]>`
  select host.id as "hostId", host.name as "hostName", report.component, ${asked(sql)} as connected,
    case when report.running_sha ~ '^([0-9a-f]{40}|[0-9a-f]{64})$' then report.running_sha
      when report.worktree_sha ~ '^([0-9a-f]{40}|[0-9a-f]{64})$' then report.worktree_sha else '' end as "fromSha",
    ${heldAt(sql, sql`host.id`, sql`report.component`, sql`${targetSha}`)} as held
  from hosts host
  join component_reports report on report.host_id = host.id and report.repository = ${repository}
    and report.component = any(${components as string[]}::text[])
  left join live_connections connection on connection.host_id = host.id
  where host.status in ('online', 'unreachable')
    and (${hostIds.length === 0} or host.id = any(${hostIds as string[]}::text[]))
    and host.labels @> ${JSON.stringify(labels)}::text::jsonb
  order by host.name, host.id
`;

/** A component on a host that another rollout has. */
export interface Taken {
  readonly updateId: string;
  readonly rolloutId: string;
  readonly hostId: string;
  readonly hostName: string;
  readonly component: string;
  readonly state: UpdateState;
}

/** What other rollouts have of these, held until the transaction ends. */
export const findTaken = (sql: Sql, candidates: readonly Pick<Candidate, 'hostId' | 'component'>[]) => sql<Taken[]>`
  select taken.id as "updateId", taken.rollout_id as "rolloutId", taken.host_id as "hostId", host.name as "hostName",
    taken.component, taken.state
  from rollout_updates taken
  join hosts host on host.id = taken.host_id
  join unnest(${candidates.map(({ hostId }) => hostId)}::text[], ${candidates.map(({ component }) => component)}::text[])
    as wanted(host_id, component) on wanted.host_id = taken.host_id and wanted.component = taken.component
  where taken.state in ('queued', 'running', 'verifying', 'returning')
  order by taken.id
  for update of taken
`;

export type NewRollout = Strategy &
  Pick<
    Rollout,
    | 'id'
    | 'repository'
    | 'components'
    | 'targetSha'
    | 'targetSubject'
    | 'includePinned'
    | 'reason'
    | 'createdBy'
    | 'batch'
  > & {
    readonly requestId: string | null;
  };
export type NewUpdate = Pick<Update, 'id' | 'hostId' | 'component' | 'place' | 'batch' | 'fromSha' | 'reason'> & {
  readonly state: 'queued' | 'skipped';
};

export async function insertRollout(sql: Sql, rollout: NewRollout, updates: readonly NewUpdate[]): Promise<void> {
  await sql`
    insert into rollouts (id, repository, components, target_sha, target_subject, canary_hosts, batch_size, soak_ms, max_failures,
      catch_up, catch_up_ms, verify_ms, return_on_failure, include_pinned, reason, created_by, request_id, batch)
    values (${rollout.id}, ${rollout.repository}, ${rollout.components as string[]}::text[], ${rollout.targetSha},
      ${rollout.targetSubject}, ${rollout.canaryHosts}, ${rollout.batchSize}, ${rollout.soakMs}, ${rollout.maxFailures},
      ${rollout.catchUp}, ${rollout.catchUpMs}, ${rollout.verifyMs}, ${rollout.returnOnFailure},
      ${rollout.includePinned}, ${rollout.reason}, ${rollout.createdBy}, ${rollout.requestId}, ${rollout.batch})
  `;
  await sql`
    insert into rollout_updates (rollout_id, id, host_id, component, place, batch, from_sha, state, reason, ended_at)
    select ${rollout.id}, wanted.*, case when wanted.state = 'skipped' then now() end
    from unnest(${updates.map(({ id }) => id)}::text[], ${updates.map(({ hostId }) => hostId)}::text[],
      ${updates.map(({ component }) => component)}::text[], ${updates.map(({ place }) => place)}::int[],
      ${updates.map(({ batch }) => batch)}::int[], ${updates.map(({ fromSha }) => fromSha)}::text[],
      ${updates.map(({ state }) => state)}::text[]::update_state[], ${updates.map(({ reason }) => reason)}::text[]
    ) as wanted(id, host_id, component, place, batch, from_sha, state, reason)
  `;
}

/** Sources of each state, from the table of moves. */
const sourcesOf = (to: UpdateState): UpdateState[] =>
  (Object.keys(updateMoves) as UpdateState[]).filter((from) =>
    // the table names every state
    (updateMoves[from] as readonly UpdateState[]).includes(to),
  );

/** Moves an update from the state that it was seen in; answers whether it was still there. */
export async function moveUpdate(
  sql: Sql,
  { id, state }: Pick<Update, 'id' | 'state'>,
  to: UpdateState,
  reason: string,
): Promise<boolean> {
  const rows = await sql`
    update rollout_updates
    set state = ${to}, reason = ${reason.slice(0, 2000)}, ended_at = case when ${to} = 'verifying' then null else now() end
    where id = ${id} and state = ${state} and state::text = any(${sourcesOf(to) as string[]}::text[])
    returning ${announcement(sql, 'rollout', sql`rollout_id`)}, ${announcement(sql, 'fleet', sql`host_id`)}
  `;
  return rows.length === 1;
}

/** Lets a command begin: the update, or the return to the commit before. */
export async function beginCommand(
  sql: Sql,
  { id, state }: Pick<Update, 'id' | 'state'>,
  command: { readonly id: string; readonly kind: 'update' | 'return'; readonly reason: string },
): Promise<boolean> {
  const to = command.kind === 'update' ? 'running' : 'returning';
  const rows = await sql`
    update rollout_updates
    set state = ${to}, reason = ${command.reason.slice(0, 2000)}, command_id = ${command.id}, command_ended_at = null,
      command_problem = '', log_offset = 0, stop_asked = false, ended_at = null, started_at = coalesce(started_at, now())
    where id = ${id} and state = ${state} and state::text = any(${sourcesOf(to) as string[]}::text[])
    returning ${announcement(sql, 'rollout', sql`rollout_id`)}, ${announcement(sql, 'fleet', sql`host_id`)}
  `;
  return rows.length === 1;
}

export const askToStop = (sql: Sql, id: string) => sql`
  update rollout_updates set stop_asked = true where id = ${id} and state = 'running'
  returning ${announcement(sql, 'rollout', sql`rollout_id`)}
`;

/** Whether a rollout still is as it was seen; held so until the transaction ends. */
export async function holdRollout(sql: Sql, { id, state, batch }: Rollout): Promise<boolean> {
  const rows = await sql`
    select from rollouts where id = ${id} and state = ${state} and batch = ${batch} for no key update
  `;
  return rows.length === 1;
}

/** Moves a rollout from one of these states; answers whether it was in one. */
export async function moveRollout(
  sql: Sql,
  id: string,
  from: readonly RolloutState[],
  change: { readonly state: RolloutState; readonly outcome?: 'failed' | 'aborted'; readonly sentence?: string },
): Promise<boolean> {
  const over = change.state === 'succeeded' || change.state === 'failed' || change.state === 'aborted';
  const rows = await sql`
    update rollouts
    set state = ${change.state}, outcome = coalesce(${change.outcome ?? null}, outcome),
      sentence = coalesce(${change.sentence?.slice(0, 2000) ?? null}, sentence), ended_at = case when ${over} then now() end
    where id = ${id} and state::text = any(${from as string[]}::text[])
    returning ${announcement(sql, 'rollout', sql`id`)}
  `;
  return rows.length === 1;
}

export const beginSoak = (sql: Sql, { id, batch }: Rollout) => sql`
  update rollouts set soak_began_at = now() where id = ${id} and batch = ${batch} and soak_began_at is null and state = 'running'
  returning ${announcement(sql, 'rollout', sql`id`)}
`;

export const beginBatch = (sql: Sql, { id, batch }: Rollout) => sql`
  update rollouts set batch = batch + 1, batch_began_at = now(), soak_began_at = null where id = ${id} and batch = ${batch} and state = 'running'
  returning ${announcement(sql, 'rollout', sql`id`)}
`;
