import postgres from 'postgres';
import type { Text } from './ledger.ts';

/** Every table of a database, its rows as text, one a line. */
export const dumpDatabase = (url: string): Promise<Text[]> =>
  inDatabase(url, async (sql) => {
    const tables = await sql<{ schema: string; name: string }[]>`
      select table_schema as schema, table_name as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
      order by 1, 2
    `;
    const dumped: Text[] = [];
    for (const { schema, name } of tables) {
      const rows = await sql<{ row: string }[]>`select one::text as row from ${sql(schema)}.${sql(name)} as one`;
      dumped.push({
        name: schema === 'public' ? name : `${schema}.${name}`,
        text: rows.map(({ row }) => row).join('\n'),
      });
    }
    return dumped;
  });

/** Works in a database on a connection of its own. */
export async function inDatabase<T>(url: string, act: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await act(sql);
  } finally {
    await sql.end();
  }
}
