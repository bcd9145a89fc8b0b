import type { Context } from '../context.ts';
import { findRewrittenHeads, type Fleet, type HostView, type RewrittenHead } from '../fleet/index.ts';
import { findDisruption, findDriftSince, findTroubles, type HostTrouble } from '../hosts/index.ts';
import { findFailedRollouts, type FailedRollout } from '../rollouts/index.ts';
import { findSilentSandboxes, type SilentSandbox } from '../sandboxes/index.ts';
import { findCertificatesToRenew, type CertificateToRenew } from '../server/tls/store.ts';
import { isNotable } from './rules/look.ts';

/** Everything that rules look at, at one moment of the database's clock. */
export interface Facts {
  readonly at: Date;
  /** Those of which there is something to say. */
  readonly hosts: ReadonlyMap<string, HostView>;
  readonly rewritten: readonly RewrittenHead[];
  readonly failedRollouts: readonly FailedRollout[];
  readonly silentSandboxes: readonly SilentSandbox[];
  readonly disruption: { readonly silent: number; readonly online: number } | undefined;
  readonly troubles: readonly HostTrouble[];
  /** Since when the database is known to be older than its hosts. */
  readonly driftSince: Date | undefined;
  readonly certificates: readonly CertificateToRenew[];
  /** Silence means nothing now: it may have been ours. */
  readonly inGrace: boolean;
}

/** What happened once is told for so long, whoever was away meanwhile. */
const eventsWithinMs = 86_400_000;

export async function gatherFacts(
  context: Context,
  fleet: Pick<Fleet, 'readInParts'>,
  { inGrace }: Pick<Facts, 'inGrace'>,
): Promise<Facts> {
  const [rewritten, failedRollouts, silentSandboxes, disruption, troubles, driftSince, certificates] =
    await Promise.all([
      findRewrittenHeads(context.sql, eventsWithinMs),
      findFailedRollouts(context.sql, eventsWithinMs),
      findSilentSandboxes(context.sql),
      findDisruption(context.sql),
      findTroubles(context.sql),
      findDriftSince(context.sql),
      findCertificatesToRenew(context.sql),
    ]);
  return {
    ...(await lookAround(context, fleet)),
    rewritten,
    failedRollouts,
    silentSandboxes,
    disruption,
    troubles,
    driftSince,
    certificates,
    inGrace,
  };
}

/** Part by part: of a large fleet that is well, hardly anything is held in memory. */
async function lookAround(context: Context, fleet: Pick<Fleet, 'readInParts'>): Promise<Pick<Facts, 'at' | 'hosts'>> {
  const hosts = new Map<string, HostView>();
  let at: Date | undefined;
  for await (const part of fleet.readInParts(context)) {
    for (const host of part.hosts.values()) if (isNotable(host)) hosts.set(host.id, host);
    // What follows is seen later, and nothing that comes meanwhile may count as seen.
    at ??= part.at;
  }
  return { at: at!, hosts }; // there is one part at least
}
