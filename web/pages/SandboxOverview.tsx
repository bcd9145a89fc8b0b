import { Link } from '@tanstack/react-router';
import { comingEnd } from '#contract/expiry.ts';
import { OnDisconnect, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { CopyText } from '../parts/Copy.tsx';
import { Facts, Tags } from '../parts/Facts.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { Panel, Section } from '../parts/Page.tsx';
import { mebibytes, processors } from '../parts/sizes.ts';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { RunBox } from '../runs/RunBox.tsx';
import { expiryVerbs } from '../sandboxes/expiry.ts';
import { Origin } from '../sandboxes/Origin.tsx';
import { useShownSandbox } from '../sandboxes/shown-sandbox.ts';
import { hasEnded } from '../sandboxes/states.ts';
import { SandboxSnapshots } from '../snapshots/SandboxSnapshots.tsx';
import { Timeline } from '../sandboxes/Timeline.tsx';
import { policyLines } from '../network/policy.ts';
import { roughLength } from '../time/relative.ts';
import { Countdown, RelativeTime } from '../time/RelativeTime.tsx';

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
                { term: 'Made from', value: <Origin of={sandbox.template} /> },
                limits && {
                  term: 'Limits',
                  value: `${processors(limits.cpu)}, ${mebibytes(limits.memoryMib)} memory, ${mebibytes(limits.diskMib)} disk, ${limits.pids} processes`,
                },
                {
                  term: 'Network',
                  value: (
                    <ul>
                      {policyLines(sandbox.network, sandbox.egress).map((line) => (
                        <li key={line}>{line}</li>
                      ))}
                      {sandbox.networkPending && <li className="text-attention">recorded, not applied yet</li>}
                    </ul>
                  ),
                },
                !hasEnded(sandbox) && { term: 'At its end', value: <Life sandbox={sandbox} /> },
                {
                  term: 'When used',
                  value: sandbox.autoResume ? 'resumed or started' : 'nothing by itself',
                },
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
        <SandboxSnapshots sandbox={sandbox} />
        <Section title="Timeline">
          <Timeline key={String(sandbox.revision)} sandbox={sandbox} />
        </Section>
      </Freshness>
    </div>
  );
}

/** What becomes of it, when, and what its use does to that. */
function Life({ sandbox }: { sandbox: Sandbox }) {
  const { expiresAt, onExpiry, autoRenew } = sandbox;
  if (expiresAt === undefined) return 'it has none';
  const end = comingEnd(sandbox);
  if (end === undefined) return `${expiryVerbs[onExpiry]}; nothing more while it rests`;
  return (
    <>
      {expiryVerbs[onExpiry]} in <Countdown to={end} className="font-medium" />
      {autoRenew && `; use of it leaves at least ${roughLength(Number(autoRenew.seconds) * 1000)}`}
    </>
  );
}
