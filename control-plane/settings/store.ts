import type { Sql } from '../database/index.ts';

/** A setting that was saved at some time. */
export interface SavedSetting {
  readonly name: string;
  /** Null where it was returned to its default. */
  readonly value: string | null;
  readonly version: number;
  readonly updatedAt: Date;
  /** The present name of who did it. */
  readonly updatedBy: string;
}

export const readSettings = (sql: Sql, names: readonly string[]) => sql<SavedSetting[]>`
  select setting.name, value, version::integer, updated_at as "updatedAt", coalesce(actor.name, setting.updated_by) as "updatedBy"
  from settings setting
  left join subject_names actor on actor.id = split_part(setting.updated_by, ':', 2)
  where setting.name = any(${names as string[]}::text[])
`;

/** Locks a setting until the transaction ends, whether it was ever saved or not. */
export async function lockSetting(sql: Sql, name: string, actor: string): Promise<SavedSetting> {
  await sql`insert into settings (name, updated_by) values (${name}, ${actor}) on conflict do nothing`;
  await sql`select from settings where name = ${name} for update`;
  const [row] = await readSettings(sql, [name]);
  return row!; // inserted above, if it was not there
}

/** Saves a value; null returns it to its default. */
export const writeSetting = (sql: Sql, name: string, value: string | null, actor: string) => sql`
  update settings set value = ${value}, version = version + 1, updated_at = now(), updated_by = ${actor} where name = ${name}
`;
