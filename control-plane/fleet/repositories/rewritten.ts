import type { Sql } from '../../database/index.ts';

/** A head that its branch's head before is no ancestor of: somebody pushed with force. */
export interface RewrittenHead {
  /** The head's number. */
  readonly id: string;
  readonly repository: string;
  readonly branch: string;
  readonly sha: string;
  readonly observedAt: Date;
}

/** Rewrites of the branches that count, within so many milliseconds. */
export const findRewrittenHeads = (sql: Sql, withinMs: number) => sql<RewrittenHead[]>`
  select head.id::text, repository.name as repository, head.branch, head.sha, head.observed_at as "observedAt"
  from repository_heads head
  join repositories repository on repository.id = head.repository_id and repository.branch = head.branch
  where head.forced and head.observed_at > now() - ${withinMs}::float8 * interval '1 millisecond'
  order by head.id
`;
