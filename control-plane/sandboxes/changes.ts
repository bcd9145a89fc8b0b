import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';
import type { ObservedState, WantedState } from './sandbox.ts';
import type { Order } from './store.ts';

/** A sandbox that a statement has changed. */
export interface Changed {
  readonly id: string;
  readonly hostId: string;
  readonly teamId: string;
}

/** What such a statement returns of them, as the CTE `changed`. */
export const changedColumns = (sql: Sql) => sql`sandboxes.id, host_id, team_id, wanted, observed, reason, attempt`;

/** How every statement that changes the states of sandboxes ends: writes an event for each, tells everybody, and answers them. */
export const tellChanged = (sql: Sql) => sql`
  event as (insert into sandbox_events (sandbox_id, wanted, observed, reason, host_id) select id, wanted, observed, reason, host_id from changed),
  ${announceChanged(sql)}
`;

/** The same without events. What is promised on their hosts has changed, too. */
const announceChanged = (sql: Sql) => sql`
  told as (select ${announcement(sql, 'sandbox', sql`id`)}, ${announcement(sql, 'host', sql`host_id`)} from changed)
  select changed.id, changed.host_id as "hostId", changed.team_id as "teamId" from changed cross join (select count(*) from told) as told
`;

export interface NewSandbox extends Order {
  readonly createdBy: string;
  readonly requestId: string | null;
  readonly autoResume: boolean;
  readonly autoRenewMs: number | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** The replica that starts it. */
  readonly replicaId: string;
}

/** Inserts a sandbox with its first attempt; its row holds its capacity from now on. */
export const insertSandbox = (sql: Sql, sandbox: NewSandbox, reason: string) => sql<Changed[]>`
  with changed as (
    insert into sandboxes (id, team_id, created_by, request_id, host_id, template, layers, cpu_millis, memory_mib, disk_mib, pids, env, metadata,
      on_disconnect, host_labels, bound_host_id, reason,
      expires_at, expiry_told, life_ms, on_expiry, auto_resume, auto_renew_ms, network, egress)
    values (${sandbox.id}, ${sandbox.teamId}, ${sandbox.createdBy}, ${sandbox.requestId}, ${sandbox.hostId}, ${sandbox.template},
      ${sandbox.layers as string[]}::text[],
      ${sandbox.cpuMillis}, ${sandbox.memoryMib}, ${sandbox.diskMib}, ${sandbox.pids}, ${JSON.stringify(sandbox.env)}::text::jsonb,
      ${JSON.stringify(sandbox.metadata)}::text::jsonb, ${sandbox.onDisconnect}, ${JSON.stringify(sandbox.hostLabels)}::text::jsonb, ${sandbox.boundHostId}, ${reason},
      now() + ${sandbox.expiresInMs}::float8 * interval '1 millisecond', now() + ${sandbox.expiresInMs}::float8 * interval '1 millisecond',
      ${sandbox.expiresInMs}::bigint,
      ${sandbox.onExpiry}::expiry_action, ${sandbox.autoResume}, ${sandbox.autoRenewMs}::bigint,
      ${sandbox.network}, ${sandbox.egress === null ? null : JSON.stringify(sandbox.egress)}::text::jsonb)
    returning ${changedColumns(sql)}
  ),
  attempt as (insert into sandbox_attempts (sandbox_id, attempt, host_id, replica_id) select id, attempt, host_id, ${sandbox.replicaId} from changed),
  ${tellChanged(sql)}
`;

/** Moves a sandbox that never started to another host, as a new attempt. The caller has locked its row. */
export const moveSandbox = (
  sql: Sql,
  { id, hostId, replicaId, reason }: { id: string; hostId: string; replicaId: string; reason: string },
) => sql<Changed[]>`
  with changed as (
    update sandboxes
    set host_id = ${hostId}, attempt = attempt + 1, attempt_call_ended_at = null, host_revision = 0, observed_revision = observed_revision + 1,
      reason = ${reason}
    where id = ${id}
    returning ${changedColumns(sql)}
  ),
  attempt as (insert into sandbox_attempts (sandbox_id, attempt, host_id, replica_id) select id, attempt, host_id, ${replicaId} from changed),
  ${tellChanged(sql)}
`;

export type AttemptOutcome = 'running' | 'failed' | 'unknown' | 'never_started';

/** Records how the call that places an attempt ended. From now on, absence in an inventory is evidence. */
export const endAttempt = (
  sql: Sql,
  { id, attempt, outcome, reason }: { id: string; attempt: number; outcome: AttemptOutcome; reason: string },
) => sql`
  with ended as (update sandboxes set attempt_call_ended_at = coalesce(attempt_call_ended_at, now()) where id = ${id} and attempt = ${attempt})
  update sandbox_attempts set ended_at = now(), outcome = ${outcome}::attempt_outcome, reason = ${reason}
  where sandbox_id = ${id} and attempt = ${attempt}
`;

/** The same for calls of a replica that are over, where nothing was written down of how they ended. */
export const endLostAttempts = (
  sql: Sql,
  replicaId: string,
  attempts: readonly { readonly id: string; readonly attempt: number }[],
) => sql`
  with ended as (
    update sandbox_attempts held
    set ended_at = now(), outcome = 'unknown', reason = 'How its call ended could not be written down: the database was away.'
    from unnest(${attempts.map(({ id }) => id)}::text[], ${attempts.map(({ attempt }) => attempt)}::int[]) as lost(sandbox_id, attempt)
    where held.sandbox_id = lost.sandbox_id and held.attempt = lost.attempt and held.replica_id = ${replicaId} and held.outcome = 'under_way'
    returning held.sandbox_id, held.attempt
  )
  update sandboxes set attempt_call_ended_at = coalesce(attempt_call_ended_at, now())
  from ended where sandboxes.id = ended.sandbox_id and sandboxes.attempt = ended.attempt
`;

/** What it stands on is still on its way to its host: its absence there means nothing yet. */
export const prolongAttempt = async (sql: Sql, { id, attempt }: Pick<Order, 'id' | 'attempt'>): Promise<void> => {
  await sql`update sandbox_attempts set started_at = now() where sandbox_id = ${id} and attempt = ${attempt}`;
};

/** What was observed, and against what it is compared. */
export interface Observation {
  readonly id: string;
  readonly attempt: number;
  /** Written only where nothing else was observed since this revision was read. Undefined: only where it is still pending. */
  readonly since: number | undefined;
  readonly observed: ObservedState;
  /** The host's own; an older report never overwrites a newer one. Undefined where the host said nothing. */
  readonly hostRevision: bigint | undefined;
  /** The host goes on from an older copy of its disk: what it says now counts all the same. */
  readonly wentBack?: boolean | undefined;
  readonly reason: string;
  readonly lastLog?: string | undefined;
}

/** Writes what was observed, by compare-and-set. What is known of a sandbox ends the attempt that placed it, too. */
export const recordObserved = (
  sql: Sql,
  { id, attempt, since, observed, hostRevision, wentBack = false, reason, lastLog }: Observation,
) => sql<Changed[]>`
  with changed as (
    update sandboxes
    set observed = ${observed}::observed_state, observed_revision = observed_revision + 1, reason = ${reason},
      host_revision = coalesce(${hostRevision?.toString() ?? null}::bigint, host_revision), last_log = coalesce(${lastLog ?? null}, last_log),
      attempt_call_ended_at = coalesce(attempt_call_ended_at, now()),
      started_at = case when ${observed} = 'running' then coalesce(started_at, now()) else started_at end,
      ended_at = case when ${observed} in ('destroyed', 'failed') then now() else ended_at end,
      -- Often secrets, and nobody needs it any more.
      env = case when ${observed} in ('destroyed', 'failed') then '{}' else env end,
      -- What was frozen in memory has gone with the memory: it stays stopped until somebody starts it.
      wanted = case when ${observed} = 'stopped' and wanted = 'paused' then 'stopped' else wanted end,
      wanted_revision = wanted_revision + case when ${observed} = 'stopped' and wanted = 'paused' then 1 else 0 end
    where id = ${id} and attempt = ${attempt} and observed not in ('destroyed', 'failed')
      and ${since === undefined ? sql`observed = 'pending'` : sql`observed_revision = ${since}`}
      and (${wentBack} or host_revision <= coalesce(${hostRevision?.toString() ?? null}::bigint, host_revision))
    returning ${changedColumns(sql)}
  ),
  attempt as (
    update sandbox_attempts attempt
    set ended_at = now(),
      outcome = case changed.observed when 'failed' then 'failed'::attempt_outcome when 'destroyed' then 'never_started' else 'running' end,
      reason = case changed.observed when 'failed' then changed.reason else '' end
    from changed
    where attempt.sandbox_id = changed.id and attempt.attempt = changed.attempt and attempt.ended_at is null
  ),
  ${tellChanged(sql)}
`;

/** Writes what should be; what goes on after its time was over gets the same time again. The caller has locked the row and checked that it may be. */
export const recordWanted = (
  sql: Sql,
  { id, wanted, reason }: { id: string; wanted: WantedState; reason: string },
) => sql<Changed[]>`
  with changed as (
    update sandboxes set wanted = ${wanted}::wanted_state, wanted_revision = wanted_revision + 1, reason = ${reason},
      expires_at = case when ${wanted} = 'running' and expires_at <= now() then now() + life_ms * interval '1 millisecond' else expires_at end
    where id = ${id}
    returning ${changedColumns(sql)}
  ),
  ${tellChanged(sql)}
`;

/** Sets when a sandbox ends, counted from now. */
export const setExpiry = (sql: Sql, id: string, timeoutMs: number) => sql<Changed[]>`
  with changed as (
    update sandboxes set expires_at = now() + ${timeoutMs}::float8 * interval '1 millisecond', life_ms = ${timeoutMs}::bigint, wanted_revision = wanted_revision + 1
    where id = ${id}
    returning ${changedColumns(sql)}
  ),
  ${announceChanged(sql)}
`;

/** Why a sandbox rests or has ended whose time is over. */
export const timeOver = 'Its time was over.';

/** Wants of those whose time is over what was to become of them; some at a time. */
export const expireSandboxes = (sql: Sql, limit: number) => sql<Changed[]>`
  with over as (
    select id from sandboxes
    where expires_at <= now() and observed not in ('destroyed', 'failed')
      and case on_expiry when 'destroy' then wanted <> 'destroyed' when 'stop' then wanted in ('running', 'paused') else wanted = 'running' end
    order by expires_at
    limit ${limit}
    for update skip locked
  ),
  changed as (
    update sandboxes
    set wanted = case on_expiry when 'destroy' then 'destroyed'::wanted_state when 'stop' then 'stopped' else 'paused' end,
      wanted_revision = wanted_revision + 1, reason = ${timeOver}
    from over where sandboxes.id = over.id
    returning ${changedColumns(sql)}
  ),
  ${tellChanged(sql)}
`;
