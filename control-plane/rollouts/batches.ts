import { newId } from '../database/index.ts';
import { leftOut } from './held.ts';
import type { Strategy } from './rollout.ts';
import type { Candidate, NewUpdate } from './store.ts';

/** Batch 0 is the canaries'. */
export const firstBatch = ({ canaryHosts }: Pick<Strategy, 'canaryHosts'>): number => (canaryHosts > 0 ? 0 : 1);

/**
 * Puts hosts into batches: canaries first, of those that are connected, then the others by name. What is pinned elsewhere is
 * left out, and takes nobody's place in a batch.
 */
export function intoBatches(
  candidates: readonly Candidate[],
  components: readonly string[],
  { strategy: { canaryHosts, batchSize }, includePinned }: Cautious,
): NewUpdate[] {
  const whyNot = (candidate: Candidate) => leftOut(candidate, includePinned);
  const wanted = candidates.filter((candidate) => whyNot(candidate) === undefined);
  const hosts = [...new Map(wanted.map((candidate) => [candidate.hostId, candidate])).values()];
  const canaries = hosts
    .toSorted((one, other) => Number(other.connected) - Number(one.connected))
    .slice(0, canaryHosts);
  const first = new Set(canaries.map(({ hostId }) => hostId));
  const others = hosts.filter(({ hostId }) => !first.has(hostId));
  const batchOf = new Map([
    ...canaries.map(({ hostId }) => [hostId, 0] as const),
    ...others.map(({ hostId }, at) => [hostId, 1 + (batchSize > 0 ? Math.floor(at / batchSize) : 0)] as const),
  ]);
  return candidates.map((candidate) => {
    const { hostId, component, fromSha } = candidate;
    const reason = whyNot(candidate);
    return {
      id: newId('upd'),
      hostId,
      component,
      place: components.indexOf(component),
      batch: batchOf.get(hostId) ?? 1,
      fromSha,
      state: reason === undefined ? 'queued' : 'skipped',
      reason: reason ?? '',
    };
  });
}

interface Cautious {
  readonly strategy: Pick<Strategy, 'canaryHosts' | 'batchSize'>;
  readonly includePinned: boolean;
}
