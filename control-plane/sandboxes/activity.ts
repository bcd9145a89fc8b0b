import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';

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

const touchSandboxes = (sql: Sql, ids: readonly string[]) => sql`
  with active as (select id from sandboxes where id = any(${ids as string[]}::text[]) order by id for update)
  update sandboxes set last_activity_at = now() from active where sandboxes.id = active.id
`;
