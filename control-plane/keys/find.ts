import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { notFound } from '../errors.ts';
import { teamVisibility } from '../teams/index.ts';
import type { ApiKey } from './key.ts';
import { findKey } from './store.ts';

/** The key, if the caller may see it. Throws `not_found` otherwise. */
export async function visibleKey(context: Context, id: string, sql: Sql = context.sql): Promise<ApiKey> {
  const key = await findKey(sql, id, teamVisibility(context.caller));
  if (!key) throw notFound('key');
  return key;
}
