import { Link } from '@tanstack/react-router';
import { Box, FolderOpen, Plus, SquareTerminal } from 'lucide-react';
import { comingEnd } from '#contract/expiry.ts';
import { ObservedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { commandLines } from '../commands/command-lines.ts';
import { buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Panel } from '../parts/Page.tsx';
import { paths } from '../paths.ts';
import { sandboxName } from '../sandboxes/name.ts';
import { SandboxStatusPill } from '../sandboxes/SandboxStatusPill.tsx';
import { SilentMark } from '../sandboxes/SilentMark.tsx';
import { hasEnded } from '../sandboxes/states.ts';
import { Countdown, RelativeTime } from '../time/RelativeTime.tsx';
import { RestartButton } from './RestartButton.tsx';

const empty = (
  <EmptyState
    icon={Box}
    title="No sandbox yet"
    action={
      <Link {...paths.createSandbox()} className={buttonClasses('primary')}>
        <Plus aria-hidden className="-ml-0.5 size-4" />
        Create sandbox
      </Link>
    }
    command={commandLines.createSandbox({}).muster}
  >
    A sandbox is a Linux machine of your own: files, processes, a terminal. Make one, open its terminal, and begin.
  </EmptyState>
);

/** The sandboxes of the team, with what is done with them every day. */
export function SandboxCards({ sandboxes }: { sandboxes: readonly Sandbox[] }) {
  if (sandboxes.length === 0) return empty;
  return (
    <ul aria-label="Sandboxes" className="flex flex-col gap-3">
      {sandboxes.map((sandbox) => (
        <li key={sandbox.id}>
          <SandboxCard sandbox={sandbox} />
        </li>
      ))}
    </ul>
  );
}

function SandboxCard({ sandbox }: { sandbox: Sandbox }) {
  const { id, hostName, template, createdBy, lastActivityAt, observed, reason } = sandbox;
  const name = sandboxName(sandbox);
  const end = comingEnd(sandbox);
  const isTrouble = observed === ObservedState.FAILED || observed === ObservedState.MISSING;
  return (
    <Panel className="flex flex-col gap-3 p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h3 className="min-w-0 text-body font-medium wrap-anywhere">
          <Link {...paths.sandbox(id)} className="hover:text-link">
            {name}
          </Link>
        </h3>
        <SandboxStatusPill sandbox={sandbox} />
        <SilentMark sandbox={sandbox} />
      </div>
      <p className="text-small text-ink-faint">
        {template} on {hostName || 'no host'}, made by {createdBy}
        {lastActivityAt && (
          <>
            , last used <RelativeTime at={lastActivityAt} />
          </>
        )}
        {end && (
          <>
            , ends in <Countdown to={end} />
          </>
        )}
        .{isTrouble && reason !== '' && <span className="block text-wrong">{reason}</span>}
      </p>
      {!hasEnded(sandbox) && (
        <div className="flex flex-wrap gap-2 max-sm:grid max-sm:grid-cols-2">
          <Link {...paths.sandboxTerminal(id)} aria-label={`Terminal of ${name}`} className={buttonClasses('primary')}>
            <SquareTerminal aria-hidden className="-ml-0.5 size-4" />
            Terminal
          </Link>
          <Link {...paths.sandboxFiles(id)} aria-label={`Files of ${name}`} className={buttonClasses('secondary')}>
            <FolderOpen aria-hidden className="-ml-0.5 size-4" />
            Files
          </Link>
          <Link {...paths.sandbox(id)} aria-label={`Open ${name}`} className={buttonClasses('secondary')}>
            Open
          </Link>
          <RestartButton sandbox={sandbox} />
        </div>
      )}
    </Panel>
  );
}
