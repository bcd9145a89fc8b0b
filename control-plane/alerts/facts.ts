import type { Context } from '../context.ts';
import { findRewrittenHeads, type Fleet, type FleetView, type RewrittenHead } from '../fleet/index.ts';
import { findDisruption, findDriftSince, findTroubles, type HostTrouble } from '../hosts/index.ts';
import { findFailedRollouts, type FailedRollout } from '../rollouts/index.ts';
import { findSilentSandboxes, type SilentSandbox } from '../sandboxes/index.ts';
import { findCertificatesToRenew, type CertificateToRenew } from '../server/tls/store.ts';

/** Everything that rules look at, at one moment of the database's clock. */
export interface Facts {
  readonly at: Date;
  readonly fleet: Pick<FleetView, 'hosts'>;
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
  fleet: Pick<Fleet, 'read'>,
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
  const view = await fleet.read(context);
  return {
    at: view.at,
    fleet: view,
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
