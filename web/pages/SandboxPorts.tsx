import { useMutation } from '@connectrpc/connect-query';
import { Cable } from 'lucide-react';
import { useState } from 'react';
import { SandboxService, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { refusal } from '../parts/allowed.ts';
import { CommandBlock } from '../parts/Copy.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { LinkDialog } from '../ports/LinkDialog.tsx';
import { PortTable } from '../ports/PortTable.tsx';
import { usePorts } from '../ports/usePorts.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { toProblem } from '../problems/problem.ts';
import { useReport } from '../problems/useReport.ts';
import { Awake } from '../sandboxes/Awake.tsx';
import { useShownSandbox } from '../sandboxes/shown-sandbox.ts';
import { durationOf } from '../time/duration.ts';

/** What listens in a sandbox, and ways to it. */
export function SandboxPorts() {
  const { sandbox } = useShownSandbox();
  return (
    <Awake sandbox={sandbox} what="its ports">
      <Ports sandbox={sandbox} />
    </Awake>
  );
}

/** A link that one opens oneself at once. */
const ownLinkSeconds = 3600;

function Ports({ sandbox }: { sandbox: Sandbox }) {
  const { data, error, refetch } = usePorts(sandbox);
  const [linked, setLinked] = useState<number>();
  const report = useReport();
  const sign = useMutation(SandboxService.method.signEndpoint, {
    onError: report,
    onSuccess: ({ url }) => void window.open(url, '_blank', 'noopener,noreferrer'),
  });
  const open = (port: number) => sign.mutate({ sandboxId: sandbox.id, port, timeout: durationOf(ownLinkSeconds) });
  const refused = refusal(sandbox.actions, 'sandbox.run');
  const ports = data?.ports;

  return (
    <Section
      title={ports && ports.length > 0 ? sentence(ports.length) : 'Ports'}
      aside={<AsCommandButton lines={commandLines.ports(sandbox.id)} />}
    >
      {error !== null && <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />}
      {ports === undefined && error === null && <TableSkeleton rows={2} columns={3} />}
      {ports?.length === 0 && (
        <EmptyState icon={Cable} title="Nothing listens in this sandbox">
          <p>
            As soon as a program inside listens on a TCP port, it appears here, and you get a link that opens it in the
            browser, for HTTP and WebSocket. It may listen on localhost alone; its sandbox needs no network for that.
          </p>
          <div className="mt-4 text-left">
            <p className="mb-1.5 text-small text-ink-faint">For example, in its terminal</p>
            <CommandBlock command="python3 -m http.server 8080" />
          </div>
        </EmptyState>
      )}
      {ports && ports.length > 0 && (
        <Freshness phase={error === null ? 'live' : 'broken'} className="flex flex-col gap-3">
          <PortTable
            ports={ports}
            refused={refused}
            opening={sign.isPending ? sign.variables?.port : undefined}
            onOpen={open}
            onLink={setLinked}
          />
          <p className="text-small text-ink-faint">
            “Open” makes a link for one hour and opens it. “Link” makes one to hand on. What is served there acts for
            itself alone: it sees nothing of your session.
          </p>
        </Freshness>
      )}
      {linked !== undefined && <LinkDialog sandboxId={sandbox.id} port={linked} onClose={() => setLinked(undefined)} />}
    </Section>
  );
}

const sentence = (count: number): string => (count === 1 ? '1 port is open' : `${count} ports are open`);
