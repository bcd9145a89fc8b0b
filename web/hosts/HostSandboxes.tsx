import { useQuery } from '@connectrpc/connect-query';
import { Link } from '@tanstack/react-router';
import type { Host } from '#proto/muster/v1/host_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { Panel, Section } from '../parts/Page.tsx';
import { Freshness } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { SandboxTable } from '../sandboxes/SandboxTable.tsx';

/** Asked for again so often. No third stream on one page: on HTTP/1.1 all tabs of a browser share six connections. */
const everyMs = 2000;

/** The active team's sandboxes on a host. */
export function HostSandboxes({ host }: { host: Host }) {
  const list = useQuery(
    SandboxService.method.listSandboxes,
    { hostId: host.id, pageSize: 1000 },
    { refetchInterval: everyMs },
  );
  return (
    <Section
      title="Your team’s sandboxes here"
      aside={
        <Link {...paths.sandboxesOn(host.id)} className="text-table text-link hover:underline">
          Open in Sandboxes
        </Link>
      }
    >
      {list.error && <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />}
      <Freshness phase={list.error ? 'broken' : 'live'}>
        <SandboxTable
          sandboxes={list.data?.sandboxes ?? []}
          without={['host', 'template', 'limits', 'created']}
          empty={
            <Panel className="px-4 py-3">
              <p className="text-table text-ink-muted">{list.data ? 'None at the moment.' : 'Asking for them…'}</p>
            </Panel>
          }
        />
      </Freshness>
    </Section>
  );
}
