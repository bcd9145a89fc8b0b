import type { Sql } from '../database/index.ts';

/** A rollout that did not bring its hosts to the target. */
export interface FailedRollout {
  readonly id: string;
  readonly repository: string;
  readonly components: readonly string[];
  readonly targetSha: string;
  /** Why, in one sentence. */
  readonly sentence: string;
  readonly endedAt: Date;
}

/** What failed within so many milliseconds, unless a later rollout of the same components succeeded. */
export const findFailedRollouts = (sql: Sql, withinMs: number) => sql<FailedRollout[]>`
  select id, repository, components, target_sha as "targetSha", sentence, ended_at as "endedAt"
  from rollouts failed
  where state = 'failed' and ended_at > now() - ${withinMs}::float8 * interval '1 millisecond'
    and not exists (
      select from rollouts later
      where later.repository = failed.repository and later.components @> failed.components
        and later.state = 'succeeded' and later.created_at > failed.created_at
    )
  order by ended_at, id
`;
