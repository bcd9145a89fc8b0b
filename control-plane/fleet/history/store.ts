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
  select interval.id::text, interval.component, interval.repository, interval.running_sha as "runningSha", interval.disk_sha as "diskSha",
    interval.dirty, interval.started_at as "startedAt", (extract(epoch from interval.started_at) * 1000000)::bigint::text as "startedMicros",
    ${endOf(sql, query)} as "endedAt"
  from component_history interval
  left join component_reports report on interval.ended_at is null and report.host_id = interval.host_id and report.component = interval.component
  where interval.host_id = ${query.hostId}
    and ${query.component === '' ? sql`true` : sql`interval.component = ${query.component}`}
    and ${query.until === undefined ? sql`true` : sql`interval.started_at <= ${query.until}`}
    and ${query.from === undefined ? sql`true` : sql`coalesce(${endOf(sql, query)}, now()) >= ${query.from} and interval.started_at >= ${firstTouching(sql, query.hostId, query.from)}`}
    and ${
      query.after === undefined
        ? sql`true`
        : sql`(interval.started_at, interval.id) < (timestamptz 'epoch' + ${query.after.startedMicros}::bigint * interval '1 microsecond', ${query.after.id}::bigint)`
    }
  order by interval.started_at desc, interval.id desc
  limit ${query.limit}
`;

/**
 * When the first interval began that may touch the time from then on. A component's intervals follow each other, so that of
 * those before only its last one can: without this, all that were ever before would be read. Components are found one
 * after the other by the index.
 */
const firstTouching = (sql: Sql, hostId: string, from: Date) => sql`(
  with recursive named as (
    (select component from component_history where host_id = ${hostId} order by component limit 1)
    union all
    select (select next.component from component_history next where next.host_id = ${hostId} and next.component > named.component order by next.component limit 1)
    from named where named.component is not null
  )
  select coalesce(min(last.started_at), ${from})
  from named cross join lateral (
    select started_at, ended_at from component_history
    where host_id = ${hostId} and component = named.component and started_at <= ${from}
    order by started_at desc limit 1
  ) last
  where last.ended_at is null or last.ended_at >= ${from}
)`;

const endOf = (sql: Sql, { gapMs }: HistoryQuery) => sql`
  coalesce(interval.ended_at, case when coalesce(report.reported_at < now() - make_interval(secs => ${gapMs / 1000}), true)
    then greatest(interval.started_at, report.reported_at) end)
`;
