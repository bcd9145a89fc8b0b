import { Ban, ShieldAlert, TriangleAlert } from 'lucide-react';
import { DrainState, HostStatus, type Host } from '#proto/muster/v1/host_pb.js';
import { StatusPill } from '../parts/Status.tsx';
import { hostConcerns, hostStatusLooks } from './status.ts';

function cordonWord({ drain }: Host): string {
  if (!drain) return 'Cordoned';
  if (drain.state === DrainState.DRAINING) return 'Draining';
  return drain.state === DrainState.DRAINED ? 'Drained' : 'Not drained';
}

/** A host's status, and beside it what keeps sandboxes away. */
export function HostStatusPill({ host }: { host: Host }) {
  const online = host.status === HostStatus.ONLINE;
  const problem = host.specs !== undefined && host.specs.runtimeProblem !== '';
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5" title={hostConcerns(host).join('\n') || undefined}>
      <StatusPill look={hostStatusLooks[host.status]} breathing={online && host.connected} />
      {host.quarantined && <StatusPill look={{ tone: 'wrong', word: 'Quarantined', icon: ShieldAlert }} />}
      {host.cordoned && <StatusPill look={{ tone: 'attention', word: cordonWord(host), icon: Ban }} />}
      {online && !host.connected && (
        <StatusPill look={{ tone: 'attention', word: 'Not connected', icon: TriangleAlert }} />
      )}
      {problem && <StatusPill look={{ tone: 'attention', word: 'No runtime', icon: TriangleAlert }} />}
    </span>
  );
}
