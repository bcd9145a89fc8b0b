import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { Refusal } from '../errors.ts';

/** Why a host cannot take a sandbox, as the answer counts it. The store finds them; the first that applies counts. */
export const obstacles = {
  not_bound_to: 'that this key is not bound to',
  not_joined: 'not joined yet',
  unreachable: 'unreachable',
  cordoned: 'cordoned',
  quarantined: 'quarantined',
  failed_there: 'where it has just failed',
  labels: 'without the labels asked for',
  no_runtime: 'without a sandbox runtime',
  no_egress: 'without a network for sandboxes',
  template_not_ready: 'without this template ready',
  too_small: 'too small',
  full: 'full',
  // It reports, and could take it once it has connected again: after a replica's end that takes a moment.
  not_connected: 'not connected',
} as const;

export type Obstacle = keyof typeof obstacles;

/**
 * Nobody can take the sandbox: how many hosts, by reason ("3 full, 1 cordoned, 2 unreachable"). Where a connection alone is
 * missing, the call may simply be repeated.
 */
export function noHostFits(found: readonly Obstacle[]): Refusal {
  const counts = (Object.keys(obstacles) as Obstacle[]) // the table's own keys
    .map((obstacle) => ({ words: obstacles[obstacle], count: found.filter((one) => one === obstacle).length }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ words, count }) => `${count} ${words}`);
  const message =
    counts.length > 0
      ? `No host can take this sandbox now: ${counts.join(', ')}.`
      : 'No host can take this sandbox: there are no hosts yet.';
  if (found.includes('not_connected'))
    return new Refusal(Code.Unavailable, Reason.NO_HOST_FITS, message, {
      help: 'Repeat the call: hosts connect again by themselves.',
    });
  return new Refusal(Code.ResourceExhausted, Reason.NO_HOST_FITS, message, {
    help: 'Add a host, end sandboxes that are not needed, or ask for less.',
  });
}
