import { Link, Outlet, useParams } from '@tanstack/react-router';
import { Box } from 'lucide-react';
import type { ReactNode } from 'react';
import { comingEnd } from '#contract/expiry.ts';
import { ObservedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { buttonClasses } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page } from '../parts/Page.tsx';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { expiryVerbs } from '../sandboxes/expiry.ts';
import { sandboxName } from '../sandboxes/name.ts';
import { SandboxActions } from '../sandboxes/SandboxActions.tsx';
import { SandboxTabs } from '../sandboxes/SandboxTabs.tsx';
import { ShownSandboxContext } from '../sandboxes/shown-sandbox.ts';
import { SandboxStatusPill } from '../sandboxes/SandboxStatusPill.tsx';
import { SilentMark } from '../sandboxes/SilentMark.tsx';
import { hasEnded } from '../sandboxes/states.ts';
import { useSandbox } from '../sandboxes/useSandbox.ts';
import { Countdown, RelativeTime } from '../time/RelativeTime.tsx';
import { inlineLinkClasses } from '../parts/links.ts';

const trail = (
  <Link {...paths.sandboxes()} className="hover:text-link">
    Sandboxes
  </Link>
);

const gone = (
  <EmptyState
    icon={Box}
    title="There is no such sandbox"
    action={
      <Link {...paths.sandboxes()} className={buttonClasses('secondary')}>
        All sandboxes
      </Link>
    }
  >
    It belongs to another team, ended more than 30 days ago, or the address is not right.
  </EmptyState>
);

export function SandboxPage() {
  const { sandboxId } = useParams({ from: '/signed-in/sandboxes/$sandboxId' });
  const { sandbox, phase, error } = useSandbox(sandboxId);
  return (
    <Page
      title={sandbox ? sandboxName(sandbox) : 'Sandbox'}
      trail={trail}
      mark={
        sandbox && (
          <Freshness phase={phase}>
            <span className="inline-flex flex-wrap items-center gap-1.5">
              <SandboxStatusPill sandbox={sandbox} />
              <SilentMark sandbox={sandbox} />
            </span>
          </Freshness>
        )
      }
      summary={sandbox && summary(sandbox)}
      actions={sandbox && <SandboxActions sandbox={sandbox} />}
    >
      {sandbox === undefined && !error && <DetailSkeleton />}
      {sandbox === undefined && Boolean(error) && gone}
      {sandbox && (
        <div className="flex min-w-0 flex-col gap-5">
          <SandboxTabs sandboxId={sandboxId} />
          <ShownSandboxContext value={{ sandbox, phase }}>
            <Outlet />
          </ShownSandboxContext>
        </div>
      )}
    </Page>
  );
}

function summary(sandbox: Sandbox): ReactNode {
  if (hasEnded(sandbox)) {
    return (
      <>
        Ended <RelativeTime at={sandbox.endedAt} />
        {sandbox.reason && `: ${sandbox.reason}`}
      </>
    );
  }
  const end = comingEnd(sandbox);
  return (
    <>
      On{' '}
      <Link {...paths.host(sandbox.hostId)} className={inlineLinkClasses}>
        {sandbox.hostName}
      </Link>
      {end && (
        <>
          , {expiryVerbs[sandbox.onExpiry]} in <Countdown to={end} className="font-medium text-ink" />
        </>
      )}
      {sandbox.observed !== ObservedState.RUNNING && sandbox.reason !== '' ? `. ${sandbox.reason}` : '.'}
    </>
  );
}
