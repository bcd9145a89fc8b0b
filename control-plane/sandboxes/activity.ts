import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';

/** Notes that something happens in sandboxes; written now and then, so that no command waits for it. */
export interface ActivityLog {
  happened(sandboxId: string): void;
  /** Writes what has happened since. */
  write(context: Context): Promise<{ sandboxes: number }>;
}

/** As often as `last_activity_at` moves at most. */
const finenessMs = 60_000;

export function activityLog(now: () => number): ActivityLog {
  let waiting = new Set<string>();
  const written = new Map<string, number>();
  return {
    happened(sandboxId) {
      if (now() - (written.get(sandboxId) ?? -finenessMs) >= finenessMs) waiting.add(sandboxId);
    },
    async write({ sql }) {
      const ids = [...waiting];
      waiting = new Set();
      for (const [id, at] of written) if (now() - at >= finenessMs) written.delete(id);
      for (const id of ids) written.set(id, now());
      if (ids.length > 0) await touchSandboxes(sql, ids);
      return { sandboxes: ids.length };
    },
  };
}

/** Use renews those that are to be renewed by it. */
const touchSandboxes = (sql: Sql, ids: readonly string[]) => sql`
  with active as (
    select id, greatest(expires_at, now() + auto_renew_ms * interval '1 millisecond') as renewed_until
    from sandboxes where id = any(${ids as string[]}::text[]) order by id for update
  ),
  touched as (
    update sandboxes
    set last_activity_at = now(),
      expires_at = case when wanted = 'running' and expires_at is not null then coalesce(renewed_until, expires_at) else expires_at end
    from active where sandboxes.id = active.id
    returning sandboxes.id, auto_renew_ms
  )
  select ${announcement(sql, 'sandbox', sql`id`)} from touched where auto_renew_ms is not null
`;
