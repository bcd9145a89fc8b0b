import { ObservedState, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { hasEnded } from './states.ts';

/** The sandboxes in one sentence: "12 sandboxes on 3 hosts: 10 running, 1 paused, 1 missing." */
export function sandboxesSentence(all: readonly Sandbox[]): string {
  const sandboxes = all.filter((sandbox) => !hasEnded(sandbox));
  if (sandboxes.length === 0) return 'No sandbox runs at the moment.';
  const hosts = new Set(sandboxes.map((sandbox) => sandbox.hostId)).size;
  const counts = words.flatMap(([state, word]) => {
    const count = sandboxes.filter((sandbox) => sandbox.observed === state).length;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  const silent = sandboxes.filter(({ silentSince }) => silentSince !== undefined).length;
  const quiet = silent === 0 ? '' : ` The work in ${silent === 1 ? 'one' : silent} of them is silent.`;
  return `${sandboxes.length} ${sandboxes.length === 1 ? 'sandbox' : 'sandboxes'} on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}: ${counts.join(', ')}.${quiet}`;
}

const words = [
  [ObservedState.RUNNING, 'running'],
  [ObservedState.PENDING, 'starting'],
  [ObservedState.PAUSED, 'paused'],
  [ObservedState.STOPPED, 'stopped'],
  [ObservedState.MISSING, 'missing'],
] as const;
