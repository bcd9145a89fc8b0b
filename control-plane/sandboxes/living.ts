import type { Sql } from '../database/index.ts';
import type { ObservedState } from './sandbox.ts';

/** A sandbox that is on its host, as far as is known. */
export interface LivingSandbox {
  readonly id: string;
  readonly teamId: string;
  readonly hostId: string;
  readonly attempt: number;
  readonly observed: ObservedState;
}

/** Those of these teams that have begun and not ended. */
export const findLiving = (sql: Sql, teamIds: readonly string[]) => sql<LivingSandbox[]>`
  select id, team_id as "teamId", host_id as "hostId", attempt, observed from sandboxes
  where team_id = any(${teamIds as string[]}::text[]) and observed in ('running', 'paused', 'stopped', 'missing')
    and wanted <> 'destroyed'
  order by id
`;
