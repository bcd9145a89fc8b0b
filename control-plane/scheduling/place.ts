import type { Sql } from '../database/index.ts';
import { noHostFits } from './obstacles.ts';
import { findCandidates, lockPlacement, takeTurn, type Demand } from './store.ts';
import { roundRobin, type Strategy } from './strategy.ts';

/**
 * Picks the host for a sandbox. To be called in the transaction that inserts (or moves) the sandbox: its row is the
 * reservation, and until that transaction ends nobody else places anything. Throws NO_HOST_FITS with the reasons.
 */
export async function placeSandbox(
  sql: Sql,
  demand: Demand,
  strategy: Strategy = roundRobin,
): Promise<{ hostId: string }> {
  for (;;) {
    // Two statements, on one way to the database: the second must see what the lock's last holder has committed.
    const [, hosts] = await Promise.all([lockPlacement(sql), findCandidates(sql, demand)]);
    const chosen = strategy(hosts.filter(({ obstacle }) => obstacle === null));
    if (!chosen) throw noHostFits(hosts.flatMap(({ obstacle }) => obstacle ?? []));
    if (await takeTurn(sql, chosen.hostId, demand.teamId)) return { hostId: chosen.hostId };
  }
}
