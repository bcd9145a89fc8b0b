import { DrainState, HostStatus, type Host } from '#proto/muster/v1/host_pb.js';
import { enumWord } from '../output/words.ts';

/** A host's state in a few words. */
export function hostState({ status, connected, cordoned, quarantined, drain }: Host): string {
  const words = [enumWord(HostStatus, status)];
  if (status === HostStatus.ONLINE && !connected) words.push('not connected');
  if (quarantined) words.push('quarantined');
  if (cordoned) words.push(drain ? enumWord(DrainState, drain.state) : 'cordoned');
  return words.join(', ');
}
