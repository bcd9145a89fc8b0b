import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';

/** What has ended keeps its record so long: why, when, and its last log lines. */
const keptDays = 30;
const atOnce = 500;

/** Forgets sandboxes that have ended long ago, with all that is known of them; some at a time. */
export async function forgetEnded({ sql }: Context): Promise<{ forgotten: number }> {
  return { forgotten: await removeEnded(sql, keptDays, atOnce) };
}

async function removeEnded(sql: Sql, days: number, limit: number): Promise<number> {
  const { count } = await sql`
    delete from sandboxes where id in (
      select id from sandboxes
      where observed in ('destroyed', 'failed') and ended_at < now() - ${days} * interval '1 day'
      order by ended_at limit ${limit} for update skip locked
    )
  `;
  return count;
}
