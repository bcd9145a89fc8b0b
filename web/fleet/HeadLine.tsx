import { Link } from '@tanstack/react-router';
import { GitBranch, TriangleAlert } from 'lucide-react';
import type { Repository } from '#proto/muster/v1/fleet_pb.js';
import { paths } from '../paths.ts';
import { asSentence } from '../problems/problem.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { Sha } from './CommitLine.tsx';
import { inlineLinkClasses } from '../parts/links.ts';

/** What a repository's branch is at: what machines are compared with. */
export function HeadLine({ repository }: { repository: Repository }) {
  return (
    <li className="flex min-w-0 items-baseline gap-2 text-table">
      <GitBranch aria-hidden className="size-3.5 shrink-0 self-center text-ink-faint" />
      <Link {...paths.repository(repository.id)} className="shrink-0 font-medium hover:text-link">
        {repository.name}
      </Link>
      <span className="shrink-0 text-ink-faint">{repository.branch}</span>
      {repository.head ? (
        <>
          <Sha sha={repository.head.sha} />
          <span className="min-w-0 truncate text-ink-muted" title={repository.head.subject}>
            {repository.head.subject}
          </span>
          <span className="shrink-0 text-small text-ink-faint">
            <RelativeTime at={repository.headObservedAt} />
          </span>
        </>
      ) : (
        <span className="text-ink-faint">not fetched yet</span>
      )}
    </li>
  );
}

/** When a repository was last seen as it is. */
export const LastFetched = ({ repository: { fetchedAt } }: { repository: Repository }) =>
  fetchedAt ? (
    <>
      Last fetched with success <RelativeTime at={fetchedAt} />.
    </>
  ) : (
    'It was never fetched with success.'
  );

/** Says which repositories' heads are not known: nothing of theirs is shown as current. */
export function UnknownHeads({ repositories }: { repositories: readonly Repository[] }) {
  const unknown = repositories.filter((repository) => !repository.headKnown);
  if (unknown.length === 0) return null;
  return (
    <div role="status" className="flex gap-2.5 rounded-panel bg-attention-soft px-4 py-3 text-table">
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-attention" />
      <div className="min-w-0">
        <p className="font-medium">
          What main is cannot be told now for {unknown.map((repository) => repository.name).join(', ')}, so nothing of{' '}
          {unknown.length === 1 ? 'it' : 'them'} is shown as current.
        </p>
        <ul className="mt-1 flex flex-col gap-0.5 text-ink-muted">
          {unknown.map((repository) => (
            <li key={repository.id} className="wrap-anywhere">
              <Link {...paths.repository(repository.id)} className={inlineLinkClasses}>
                {repository.name}
              </Link>
              : {asSentence(repository.fetchError) || 'It has not been fetched yet.'}{' '}
              <LastFetched repository={repository} />
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
