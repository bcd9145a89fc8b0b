import type { Sql } from '../../database/index.ts';

/** What a component is, as far as its history tells it apart. */
export interface Seen {
  readonly hostId: string;
  readonly component: string;
  readonly repository: string;
  /** Empty where only the disk is known. */
  readonly runningSha: string;
  readonly diskSha: string;
  readonly dirty: boolean;
}

/**
 * Appends what has changed on these hosts, of which these components are all that is known now. Compared with the interval
 * that goes on itself, so that whoever loses a race against another replica sets it right with the next report. An interval
 * ends when something else is seen; at the last report where none came for `gapMs`, or where it is not reported any more.
 * Must come before the reports are written: it reads when the last ones came.
 */
export const appendHistory = async (sql: Sql, hostIds: readonly string[], seen: readonly Seen[], gapMs: number) =>
  void (await sql`
  with seen as (
    select * from unnest(
      ${seen.map(({ hostId }) => hostId)}::text[], ${seen.map(({ component }) => component)}::text[],
      ${seen.map(({ repository }) => repository)}::text[], ${seen.map(({ runningSha }) => runningSha)}::text[],
      ${seen.map(({ diskSha }) => diskSha)}::text[], ${seen.map(({ dirty }) => String(dirty))}::text[]::boolean[]
    ) as seen(host_id, component, repository, running_sha, disk_sha, dirty)
  ),
  going_on as (
    select interval.* from component_history interval
    where interval.host_id = any(${hostIds as string[]}::text[]) and interval.ended_at is null
    order by interval.host_id, interval.component
    for update
  ),
  judged as (
    select going_on.id, seen.host_id is not null as seen,
      coalesce(report.reported_at < now() - make_interval(secs => ${gapMs / 1000}), true) as silent,
      (going_on.repository, going_on.running_sha, going_on.disk_sha, going_on.dirty)
        is not distinct from (seen.repository, seen.running_sha, seen.disk_sha, seen.dirty) as same,
      report.reported_at
    from going_on
    left join seen using (host_id, component)
    left join component_reports report using (host_id, component)
  ),
  ended as (
    update component_history interval
    set ended_at = greatest(interval.started_at, case when judged.seen and not judged.silent then now() else coalesce(judged.reported_at, interval.started_at) end)
    from judged where judged.id = interval.id and (judged.silent or not judged.same)
    returning interval.host_id, interval.component
  )
  insert into component_history (host_id, component, repository, running_sha, disk_sha, dirty, started_at)
  select seen.host_id, seen.component, seen.repository, seen.running_sha, seen.disk_sha, seen.dirty, now()
  from seen
  where not exists (select from going_on where going_on.host_id = seen.host_id and going_on.component = seen.component)
    or exists (select from ended where ended.host_id = seen.host_id and ended.component = seen.component)
  order by seen.host_id, seen.component
  on conflict (host_id, component) where ended_at is null do nothing
`);

/** An interval as it was kept. */
export interface Interval extends Omit<Seen, 'hostId'> {
  readonly id: string;
  readonly startedAt: Date;
  /** For the next page: to the microsecond. */
  readonly startedMicros: string;
  /** Null while it goes on. */
  readonly endedAt: Date | null;
}

export interface HistoryQuery {
  readonly hostId: string;
  /** All where it is empty. */
  readonly component: string;
  readonly from: Date | undefined;
  readonly until: Date | undefined;
  /** Begin after this one. */
  readonly after: { readonly startedMicros: string; readonly id: string } | undefined;
  readonly limit: number;
  /** What was not reported for so long does not go on: it ended with the last report. */
  readonly gapMs: number;
}

/** Intervals of a host that touch a span of time, newest first. */
export const listIntervals = (sql: Sql, query: HistoryQuery) => sql<Interval[]>`${intervals(sql, query)}`;

/** The statement, which a test has explained. */
export const intervals = (sql: Sql, query: HistoryQuery) => sql`
  with touching as (${beganWithin(sql, query)} ${query.from === undefined ? sql`` : sql`union all ${lastBefore(sql, query, query.from)}`})
  select interval.id::text, interval.component, interval.repository, interval.running_sha as "runningSha", interval.disk_sha as "diskSha",
    interval.dirty, interval.started_at as "startedAt", (extract(epoch from interval.started_at) * 1000000)::bigint::text as "startedMicros",
    ${endOf(sql, query)} as "endedAt"
  from touching interval
  left join component_reports report on interval.ended_at is null and report.host_id = interval.host_id and report.component = interval.component
  where ${query.from === undefined ? sql`true` : sql`coalesce(${endOf(sql, query)}, now()) >= ${query.from}`}
  order by interval.started_at desc, interval.id desc
  limit ${query.limit}
`;

/** The newest intervals that began in the time that is asked for, as many as are asked for. */
const beganWithin = (sql: Sql, query: HistoryQuery) => sql`(
  select * from component_history began
  where ${isAskedFor(sql, query, sql`began`)}
    and ${query.until === undefined ? sql`true` : sql`began.started_at <= ${query.until}`}
    and ${query.from === undefined ? sql`true` : sql`began.started_at > ${query.from}`}
  order by began.started_at desc, began.id desc
  limit ${query.limit}
)`;

/**
 * Of those that began before, each component's last one. Its intervals follow each other, so that only this one can still
 * have gone on. Components are found one after the other by the index: all that ever was need not be read.
 */
const lastBefore = (sql: Sql, query: HistoryQuery, from: Date) => sql`(
  with recursive named as (
    (select component from component_history where host_id = ${query.hostId} order by component limit 1)
    union all
    select (select next.component from component_history next where next.host_id = ${query.hostId} and next.component > named.component order by next.component limit 1)
    from named where named.component is not null
  )
  select last.*
  from named cross join lateral (
    select * from component_history
    where host_id = ${query.hostId} and component = named.component and started_at <= ${from}
    order by started_at desc limit 1
  ) last
  where ${isAskedFor(sql, query, sql`last`)} and (last.ended_at is null or last.ended_at >= ${from})
)`;

const isAskedFor = (sql: Sql, { hostId, component, after }: HistoryQuery, row: ReturnType<Sql>) => sql`
  ${row}.host_id = ${hostId}
  and ${component === '' ? sql`true` : sql`${row}.component = ${component}`}
  and ${
    after === undefined
      ? sql`true`
      : sql`(${row}.started_at, ${row}.id) < (timestamptz 'epoch' + ${after.startedMicros}::bigint * interval '1 microsecond', ${after.id}::bigint)`
  }
`;

const endOf = (sql: Sql, { gapMs }: HistoryQuery) => sql`
  coalesce(interval.ended_at, case when coalesce(report.reported_at < now() - make_interval(secs => ${gapMs / 1000}), true)
    then greatest(interval.started_at, report.reported_at) end)
`;
