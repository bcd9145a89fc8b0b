import { ExternalLink } from 'lucide-react';
import type { Commit } from '#proto/muster/v1/fleet_pb.js';
import { CopyText } from '../parts/Copy.tsx';

const shown = 7;

/** The first characters of a SHA, copied whole by a click. */
export function Sha({ sha }: { sha: string }) {
  return (
    <CopyText text={sha} show={sha.slice(0, shown)} label="the whole commit id" className="max-w-none! shrink-0" />
  );
}

/** A commit: its SHA, what it says, who wrote it. */
export function CommitLine({ commit, compareUrl = '' }: { commit: Commit | undefined; compareUrl?: string }) {
  if (commit === undefined || commit.sha === '') return <span className="text-ink-faint">No commit is known.</span>;
  return (
    <div className="min-w-0">
      <div className="flex min-w-0 items-baseline gap-2">
        <Sha sha={commit.sha} />
        {commit.subject !== '' && (
          <span className="min-w-0 truncate" title={commit.subject}>
            {commit.subject}
          </span>
        )}
      </div>
      <div className="flex flex-wrap items-baseline gap-x-3 text-small text-ink-faint">
        {commit.author !== '' && <span>{commit.author}</span>}
        {commit.url !== '' && <OutLink href={commit.url}>Commit</OutLink>}
        {compareUrl !== '' && <OutLink href={compareUrl}>Compare with main</OutLink>}
      </div>
    </div>
  );
}

function OutLink({ href, children }: { href: string; children: string }) {
  // Addresses come from repositories' remotes: only web pages are linked.
  if (!/^https?:\/\//.test(href)) return null;
  return (
    <a
      href={href}
      target="_blank"
      rel="noreferrer noopener"
      className="relative inline-flex items-center gap-1 text-link hover:underline"
    >
      {children}
      <ExternalLink aria-hidden className="size-3" />
    </a>
  );
}
