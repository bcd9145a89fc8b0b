import type { Sql } from '../../database/index.ts';

interface ConditionRow {
  readonly since: Date | null;
  readonly silent: number | null;
  readonly online: number | null;
  readonly driftSince: Date | null;
}

/** So many of so many hosts fell silent at once. */
export interface Disruption {
  readonly silent: number;
  readonly online: number;
}

export async function findCondition(sql: Sql): Promise<ConditionRow> {
  const [row] = await sql<ConditionRow[]>`
    select disruption.since, disruption.silent, disruption.online, life.drift_since as "driftSince"
    from database_life life left join fleet_disruption disruption on true
  `;
  return row!; // one row always
}

/** Since when the database is known to be older than what hosts have seen. */
export const findDriftSince = async (sql: Sql): Promise<Date | undefined> =>
  (await findCondition(sql)).driftSince ?? undefined;

/** Undefined while there is none. */
export async function findDisruption(sql: Sql): Promise<Disruption | undefined> {
  const [row] = await sql<Disruption[]>`select silent, online from fleet_disruption`;
  return row;
}

/** Writes down that most hosts are silent. Answers whether that is news. */
export async function recordDisruption(sql: Sql, { silent, online }: Disruption): Promise<boolean> {
  const [row] = await sql<{ isNews: boolean }[]>`
    with same as (select from fleet_disruption where (silent, online) = (${silent}, ${online})),
    written as (
      insert into fleet_disruption (silent, online) values (${silent}, ${online})
      on conflict (only_one) do update set silent = excluded.silent, online = excluded.online, seen_at = now()
    )
    select not exists (select from same) as "isNews"
  `;
  return row!.isNews; // one row always
}

/** Writes down that there is none, unless most hosts were silent less than `lingerMs` ago. Answers whether that is news. */
export async function endDisruption(sql: Sql, { lingerMs }: { lingerMs: number }): Promise<boolean> {
  const gone = await sql`
    delete from fleet_disruption where seen_at <= now() - ${lingerMs}::float8 * interval '1 millisecond' returning since
  `;
  return gone.length > 0;
}
