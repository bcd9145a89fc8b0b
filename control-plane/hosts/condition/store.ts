import type { Sql } from '../../database/index.ts';

interface ConditionRow {
  readonly since: Date | null;
  readonly silent: number | null;
  readonly online: number | null;
  readonly driftSince: Date | null;
}

export async function findCondition(sql: Sql): Promise<ConditionRow> {
  const [row] = await sql<ConditionRow[]>`
    select disruption.since, disruption.silent, disruption.online, life.drift_since as "driftSince"
    from database_life life left join fleet_disruption disruption on true
  `;
  return row!; // one row always
}

/** Writes down that most hosts are silent, or that they are not. Answers whether that is news. */
export async function recordDisruption(
  sql: Sql,
  disruption: { silent: number; online: number } | undefined,
): Promise<boolean> {
  if (!disruption) return (await sql`delete from fleet_disruption returning since`).length > 0;
  const [row] = await sql<{ isNew: boolean }[]>`
    insert into fleet_disruption as held (silent, online) values (${disruption.silent}, ${disruption.online})
    on conflict (only_one) do update set silent = excluded.silent, online = excluded.online
    where (held.silent, held.online) is distinct from (excluded.silent, excluded.online)
    returning true as "isNew"
  `;
  return row !== undefined;
}
