import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';
import type { States } from './states.ts';

/** A sandbox's metadata, and what changing it needs. */
interface MetadataTarget extends States {
  readonly metadata: Readonly<Record<string, string>>;
  readonly revision: number;
}

/** Its row is locked until the transaction ends. */
export async function lockMetadata(sql: Sql, id: string): Promise<MetadataTarget | undefined> {
  const [row] = await sql<MetadataTarget[]>`
    select metadata, wanted, observed, (wanted_revision + observed_revision)::float8 as revision
    from sandboxes where id = ${id} for update
  `;
  return row;
}

/** Writes the whole of it, and tells who watches. */
export const setMetadata = (sql: Sql, id: string, metadata: Readonly<Record<string, string>>) => sql`
  with changed as (
    update sandboxes set metadata = ${JSON.stringify(metadata)}::text::jsonb, wanted_revision = wanted_revision + 1
    where id = ${id}
    returning id
  )
  select ${announcement(sql, 'sandbox', sql`id`)} from changed
`;
