import type { Sql } from '../database/index.ts';
import type { ObservedState, WantedState } from './sandbox.ts';
import { labelOf, type States } from './states.ts';

/** Something that happened to a sandbox. */
export interface SandboxNews {
  /** The event's own. */
  readonly id: string;
  readonly sandboxId: string;
  /** The one that its owner gave it; empty where there is none. */
  readonly name: string;
  readonly atMicros: string;
  /** As people are shown it: "Paused". */
  readonly label: string;
  readonly observed: ObservedState;
  readonly reason: string;
}

/** What happened to a team's sandboxes after a moment, newest first. */
export async function sandboxNews(
  sql: Sql,
  { teamId, afterMicros, limit }: { teamId: string; afterMicros: string; limit: number },
): Promise<SandboxNews[]> {
  const rows = await sql<(Omit<SandboxNews, 'label'> & States & { wanted: WantedState })[]>`
    select event.id::text, event.sandbox_id as "sandboxId", coalesce(sandbox.metadata ->> 'name', '') as name,
      (extract(epoch from event.at) * 1000000)::bigint::text as "atMicros", event.wanted, event.observed, event.reason
    from sandboxes sandbox
    join sandbox_events event on event.sandbox_id = sandbox.id
    where sandbox.team_id = ${teamId}
      and event.at > timestamptz 'epoch' + ${afterMicros}::bigint * interval '1 microsecond'
      -- Nothing happens to those that have ended.
      and (sandbox.ended_at is null or sandbox.ended_at >= timestamptz 'epoch' + ${afterMicros}::bigint * interval '1 microsecond')
    order by event.id desc
    limit ${limit}
  `;
  return rows.map(({ wanted, ...row }) => ({ ...row, label: labelOf({ wanted, observed: row.observed }) }));
}
