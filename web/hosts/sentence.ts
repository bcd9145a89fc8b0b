import { HostStatus, type Host } from '#proto/muster/v1/host_pb.js';

/** The hosts in one sentence: "3 of 4 machines are online; 1 is unreachable." */
export function hostsSentence(hosts: readonly Host[]): string {
  const joined = hosts.filter((host) => host.status !== HostStatus.PENDING);
  const count = (test: (host: Host) => boolean) => hosts.filter(test).length;
  const unreachable = count((host) => host.status === HostStatus.UNREACHABLE);
  const pending = count((host) => host.status === HostStatus.PENDING);
  const withheld = count((host) => host.status === HostStatus.ONLINE && (host.cordoned || host.quarantined));
  const online = count((host) => host.status === HostStatus.ONLINE);

  if (joined.length === 0) return pending === 1 ? 'One machine waits to join.' : `${pending} machines wait to join.`;
  const rest = [
    unreachable > 0 && `${unreachable} ${is(unreachable)} unreachable`,
    withheld > 0 && `${withheld} take${withheld === 1 ? 's' : ''} no new sandboxes`,
    pending > 0 && `${pending} wait${pending === 1 ? 's' : ''} to join`,
  ].filter((part) => part !== false);
  return `${[onlineWords(online, joined.length), ...rest].join('; ')}.`;
}

function onlineWords(online: number, joined: number): string {
  if (joined === 1) return online === 1 ? 'The one machine is online' : 'The one machine is not online';
  if (online === joined) return `All ${joined} machines are online`;
  return `${online} of ${joined} machines ${is(online)} online`;
}

const is = (count: number): string => (count === 1 ? 'is' : 'are');
