import type { GetInventoryResponse, HostSandbox } from '#proto/muster/agent/v1/host_agent_pb.js';
import { observedFrom } from '../wire.ts';
import { keyOf } from './plan.ts';
import type { Known } from './store.ts';

/** What of an inventory is looked at. */
export interface Admitted {
  readonly sandboxes: HostSandbox[];
  /** How many are not. */
  readonly turnedAway: number;
}

/** No honest host has more that nobody expects. */
const mostUnexpected = 5_000;
const ourId = /^sbx[0-9a-z]{12,61}$/;
const longestReason = 1_000;

/**
 * Everything that is expected, and of the rest no more than can be worked through: a host may claim whatever it likes.
 * What runs comes first: it is to be frozen.
 */
export function admit(
  known: readonly Pick<Known, 'id' | 'attempt'>[],
  { sandboxes }: Pick<GetInventoryResponse, 'sandboxes'>,
): Admitted {
  const here = new Set(known.map(({ id, attempt }) => keyOf(id, attempt)));
  const named = new Map(sandboxes.map((one) => [keyOf(one.sandboxId, one.attempt), one]));
  const expected: HostSandbox[] = [];
  const running: HostSandbox[] = [];
  const others: HostSandbox[] = [];
  for (const [key, one] of named) {
    if (here.has(key)) expected.push(one);
    else if (ourId.test(one.sandboxId)) (observedFrom(one.state) === 'running' ? running : others).push(one);
  }
  const unexpected = [...running.sort(byId), ...others.sort(byId)].slice(0, mostUnexpected);
  const admitted = [...expected, ...unexpected];
  return {
    sandboxes: admitted.map((one) => ({ ...one, reason: storable(one.reason) })),
    turnedAway: named.size - admitted.length,
  };
}

const byId = (one: HostSandbox, other: HostSandbox): number => (one.sandboxId < other.sandboxId ? -1 : 1);

const storable = (reason: string): string => reason.slice(0, longestReason).toWellFormed().replaceAll('\0', '\u{fffd}');
