import { Link, useParams } from '@tanstack/react-router';
import { Box } from 'lucide-react';
import type { ReactNode } from 'react';
import { ObservedState, OnDisconnect, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { buttonClasses } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Facts, Tags } from '../parts/Facts.tsx';
import { Page, Panel, Section } from '../parts/Page.tsx';
import { mebibytes, processors } from '../parts/sizes.ts';
import { DetailSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import type { Phase } from '../live/follow.ts';
import { RunBox } from '../runs/RunBox.tsx';
import { sandboxName } from '../sandboxes/name.ts';
import { SandboxActions } from '../sandboxes/SandboxActions.tsx';
import { SandboxStatusPill } from '../sandboxes/SandboxStatusPill.tsx';
import { hasEnded } from '../sandboxes/states.ts';
import { Timeline } from '../sandboxes/Timeline.tsx';
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
            <SandboxStatusPill sandbox={sandbox} />
          </Freshness>
        )
      }
      summary={sandbox && summary(sandbox)}
      actions={sandbox && <SandboxActions sandbox={sandbox} />}
    >
      {sandbox === undefined && !error && <DetailSkeleton />}
      {sandbox === undefined && Boolean(error) && gone}
      {sandbox && <SandboxView sandbox={sandbox} phase={phase} />}
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
  return (
    <>
      On{' '}
      <Link {...paths.host(sandbox.hostId)} className={inlineLinkClasses}>
        {sandbox.hostName}
      </Link>
      {sandbox.expiresAt && (
        <>
          , ends in <Countdown to={sandbox.expiresAt} className="font-medium text-ink" />
        </>
      )}
      {sandbox.observed !== ObservedState.RUNNING && sandbox.reason !== '' ? `. ${sandbox.reason}` : '.'}
    </>
  );
}

function SandboxView({ sandbox, phase }: { sandbox: Sandbox; phase: Phase }) {
  const { limits } = sandbox;
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <Section title="Run">
        <RunBox sandbox={sandbox} />
      </Section>
      <Freshness phase={phase} className="flex min-w-0 flex-col gap-6">
        <Section title="Details">
          <Panel>
            <Facts
              facts={[
                { term: 'Id', value: <CopyText text={sandbox.id} label="the id" /> },
                {
                  term: 'Host',
                  value: (
                    <Link {...paths.host(sandbox.hostId)} className={inlineLinkClasses}>
                      {sandbox.hostName}
                    </Link>
                  ),
                },
                { term: 'Template', value: sandbox.template },
                limits && {
                  term: 'Limits',
                  value: `${processors(limits.cpu)}, ${mebibytes(limits.memoryMib)} memory, ${mebibytes(limits.diskMib)} disk, ${limits.pids} processes`,
                },
                { term: 'Network', value: 'none' },
                {
                  term: 'If cut off',
                  value: sandbox.onDisconnect === OnDisconnect.KEEP ? 'goes on' : 'frozen, resumed on return',
                },
                { term: 'Metadata', value: <Tags pairs={sandbox.metadata} none="none" /> },
                {
                  term: 'Created',
                  value: (
                    <>
                      <RelativeTime at={sandbox.createdAt} /> by {sandbox.createdBy}
                    </>
                  ),
                },
                sandbox.startedAt && { term: 'Started', value: <RelativeTime at={sandbox.startedAt} /> },
                sandbox.lastActivityAt && {
                  term: 'Last activity',
                  value: <RelativeTime at={sandbox.lastActivityAt} />,
                },
              ]}
            />
          </Panel>
        </Section>
        <Section title="Timeline">
          <Timeline key={String(sandbox.revision)} sandbox={sandbox} />
        </Section>
      </Freshness>
    </div>
  );
}
