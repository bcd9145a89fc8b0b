import { Link } from '@tanstack/react-router';
import { OnDisconnect } from '#proto/muster/v1/sandbox_pb.js';
import { CopyText } from '../parts/Copy.tsx';
import { Facts, Tags } from '../parts/Facts.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { Panel, Section } from '../parts/Page.tsx';
import { mebibytes, processors } from '../parts/sizes.ts';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { RunBox } from '../runs/RunBox.tsx';
import { useShownSandbox } from '../sandboxes/shown-sandbox.ts';
import { Timeline } from '../sandboxes/Timeline.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';

/** What a sandbox is and what it did, with a place to run commands. */
export function SandboxOverview() {
  const { sandbox, phase } = useShownSandbox();
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
