import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';
import type { ObservedState, WantedState } from './sandbox.ts';
import type { Order } from './store.ts';

/** What a change answers: which sandboxes changed, and where they are. */
type Changed = readonly { readonly id: string; readonly hostId: string }[];

/** Tells everybody about changed sandboxes, and about what is promised on their hosts. */
export async function announceChanged(sql: Sql, changed: Changed): Promise<void> {
  if (changed.length === 0) return;
  const hosts = [...new Set(changed.map(({ hostId }) => hostId))];
  // Pipelined: one way to the database and back.
  await Promise.all([
    announce(
      sql,
      'sandbox',
      changed.map(({ id }) => id),
    ),
    announce(sql, 'host', hosts),
  ]);
}

export interface NewSandbox extends Order {
  readonly createdBy: string;
  readonly requestId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Inserts a sandbox with its first attempt; its row holds its capacity from now on. */
export const insertSandbox = (sql: Sql, sandbox: NewSandbox, reason: string) => sql`
  with inserted as (
    insert into sandboxes (id, team_id, created_by, request_id, host_id, template, cpu_millis, memory_mib, disk_mib, pids, env, metadata,
      on_disconnect, host_labels, reason, expires_at)
    values (${sandbox.id}, ${sandbox.teamId}, ${sandbox.createdBy}, ${sandbox.requestId}, ${sandbox.hostId}, ${sandbox.template},
      ${sandbox.cpuMillis}, ${sandbox.memoryMib}, ${sandbox.diskMib}, ${sandbox.pids}, ${JSON.stringify(sandbox.env)}::text::jsonb,
      ${JSON.stringify(sandbox.metadata)}::text::jsonb, ${sandbox.onDisconnect}, ${JSON.stringify(sandbox.hostLabels)}::text::jsonb, ${reason},
      now() + ${sandbox.expiresInMs}::float8 * interval '1 millisecond')
    returning id, host_id, wanted, observed, reason, attempt
  ),
  attempt as (insert into sandbox_attempts (sandbox_id, attempt, host_id) select id, attempt, host_id from inserted)
  insert into sandbox_events (sandbox_id, wanted, observed, reason, host_id) select id, wanted, observed, reason, host_id from inserted
`;

/** Moves a sandbox that never started to another host, as a new attempt. The caller has locked its row. */
export const moveSandbox = (sql: Sql, { id, hostId, reason }: { id: string; hostId: string; reason: string }) => sql<
  { attempt: number }[]
>`
  with moved as (
    update sandboxes
    set host_id = ${hostId}, attempt = attempt + 1, attempt_call_ended_at = null, host_revision = 0, observed_revision = observed_revision + 1, reason = ${reason}
    where id = ${id}
    returning id, host_id, wanted, observed, reason, attempt
  ),
  attempt as (insert into sandbox_attempts (sandbox_id, attempt, host_id) select id, attempt, host_id from moved),
  event as (insert into sandbox_events (sandbox_id, wanted, observed, reason, host_id) select id, wanted, observed, reason, host_id from moved)
  select attempt from moved
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

/** What was observed, and against what it is compared. */
export interface Observation {
  readonly id: string;
  readonly attempt: number;
  /** Written only where nothing else was observed since this revision was read. Undefined: only where it is still pending. */
  readonly since: number | undefined;
  readonly observed: ObservedState;
  /** The host's own; an older report never overwrites a newer one. Undefined where the host said nothing. */
  readonly hostRevision: bigint | undefined;
  readonly reason: string;
  readonly lastLog?: string | undefined;
}

/** Writes what was observed, by compare-and-set, with its event. Answers the sandbox if it was written. */
export const recordObserved = (
  sql: Sql,
  { id, attempt, since, observed, hostRevision, reason, lastLog }: Observation,
) => sql<{ id: string; hostId: string }[]>`
  with changed as (
    update sandboxes
    set observed = ${observed}::observed_state, observed_revision = observed_revision + 1, reason = ${reason},
      host_revision = coalesce(${hostRevision?.toString() ?? null}::bigint, host_revision), last_log = coalesce(${lastLog ?? null}, last_log),
      started_at = case when ${observed} = 'running' then coalesce(started_at, now()) else started_at end,
      ended_at = case when ${observed} in ('destroyed', 'failed') then now() else ended_at end
    where id = ${id} and attempt = ${attempt} and observed not in ('destroyed', 'failed')
      and ${since === undefined ? sql`observed = 'pending'` : sql`observed_revision = ${since}`}
      and host_revision <= coalesce(${hostRevision?.toString() ?? null}::bigint, host_revision)
    returning id, host_id, wanted, observed, reason
  ),
  event as (insert into sandbox_events (sandbox_id, wanted, observed, reason, host_id) select id, wanted, observed, reason, host_id from changed)
  select id, host_id as "hostId" from changed
`;

/** Writes what should be, with its event. The caller has locked the row and checked that it may be. */
export const recordWanted = (
  sql: Sql,
  { id, wanted, reason }: { id: string; wanted: WantedState; reason: string },
) => sql<{ id: string; hostId: string }[]>`
  with changed as (
    update sandboxes set wanted = ${wanted}::wanted_state, wanted_revision = wanted_revision + 1, reason = ${reason}
    where id = ${id}
    returning id, host_id, wanted, observed, reason
  ),
  event as (insert into sandbox_events (sandbox_id, wanted, observed, reason, host_id) select id, wanted, observed, reason, host_id from changed)
  select id, host_id as "hostId" from changed
`;

/** Sets when a sandbox ends, counted from now. */
export const setExpiry = (sql: Sql, id: string, timeoutMs: number) => sql`
  update sandboxes set expires_at = now() + ${timeoutMs}::float8 * interval '1 millisecond', wanted_revision = wanted_revision + 1 where id = ${id}
`;

/** Wants those destroyed whose time is over; some at a time. */
export const expireSandboxes = (sql: Sql, limit: number) => sql<{ id: string; hostId: string }[]>`
  with over as (
    select id from sandboxes
    where expires_at <= now() and observed not in ('destroyed', 'failed') and wanted <> 'destroyed'
    order by expires_at
    limit ${limit}
    for update skip locked
  ),
  changed as (
    update sandboxes set wanted = 'destroyed', wanted_revision = wanted_revision + 1, reason = 'Its time was over.'
    from over where sandboxes.id = over.id
    returning sandboxes.id, host_id, wanted, observed, reason
  ),
  event as (insert into sandbox_events (sandbox_id, wanted, observed, reason, host_id) select id, wanted, observed, reason, host_id from changed)
  select id, host_id as "hostId" from changed
`;
