import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { notFound } from '../errors.ts';
import type { Host } from './host.ts';
import { findHosts } from './store.ts';
import { visibilityOf } from './visibility.ts';

/** The host, if the caller may see it. Throws `not_found` otherwise. */
export async function visibleHost(context: Context, id: string, sql: Sql = context.sql): Promise<Host> {
  const [host] = await findHosts(sql, [id], visibilityOf(context.caller));
  if (!host) throw notFound('host');
  return host;
}
