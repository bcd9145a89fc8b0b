import { CircleDashed, CircleOff, RadioTower, Unplug } from 'lucide-react';
import { HostStatus, type Host } from '#proto/muster/v1/host_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** How a host's status looks, everywhere. */
export const hostStatusLooks: Record<HostStatus, StatusLook> = {
  [HostStatus.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleDashed },
  [HostStatus.PENDING]: { tone: 'idle', word: 'Waiting to join', icon: CircleDashed },
  [HostStatus.ONLINE]: { tone: 'good', word: 'Online', icon: RadioTower },
  [HostStatus.UNREACHABLE]: { tone: 'wrong', word: 'Unreachable', icon: Unplug },
  [HostStatus.DELETED]: { tone: 'idle', word: 'Deleted', icon: CircleOff },
};

/** A status as it stands in the address of a filtered list. */
export const hostStatusWords = {
  online: HostStatus.ONLINE,
  unreachable: HostStatus.UNREACHABLE,
  pending: HostStatus.PENDING,
} as const;
export type HostStatusWord = keyof typeof hostStatusWords;

/** A clock that is further off is warned about. */
const noticeableSkewMs = 30_000;

/** What stands besides the status: why a host that is online may still take no sandboxes. */
export function hostConcerns(host: Host): readonly string[] {
  return [
    host.quarantined &&
      `Quarantined: ${host.quarantineReason} Its sandboxes go on and it takes no new ones. Find out which machine is the right one, shut the other down, then unlock the host or let it join anew.`,
    host.cordoned && !host.drain && `Cordoned: ${host.cordonReason}`,
    host.status === HostStatus.ONLINE &&
      !host.connected &&
      'Its agent sends heartbeats, but the connection for sandboxes does not stand.',
    host.specs !== undefined && host.specs.runtimeProblem !== '' && `No sandbox runtime: ${host.specs.runtimeProblem}`,
    host.specs !== undefined &&
      host.specs.missingBuilders.length > 0 &&
      `It cannot build every template: install ${host.specs.missingBuilders.join(', ')} on it.`,
    Math.abs(Number(host.clockSkewMs)) > noticeableSkewMs &&
      `Its clock is ${Math.round(Math.abs(Number(host.clockSkewMs)) / 1000)} s ${host.clockSkewMs > 0n ? 'ahead' : 'behind'}. Nothing is decided by it, but its logs mislead: let it follow a time server.`,
  ].filter((concern) => concern !== false);
}
