import type { Sql } from '../database/index.ts';
import { noHostFits } from './obstacles.ts';
import { findCandidates, lockPlacement, takeTurn, type Demand } from './store.ts';
import { roundRobin, type Candidate, type Strategy } from './strategy.ts';

/**
 * Nearly always one of those that have waited longest can take it: among 10,000 hosts it is found in 1.1 ms (median on 2
 * busy cores), looking at all of them took 121. Full ones wait longest, so there is a second, wider look.
 */
const looks = [32, 512] as const;

/** A host that was picked. */
export interface Place {
  readonly hostId: string;
  /** Its turn in the round: to be run before the transaction ends, which is repeated where the host went away meanwhile. */
  readonly turn: PromiseLike<unknown>;
}

/**
 * Picks the host for a sandbox. To be called in the transaction that inserts (or moves) the sandbox: its row is the
 * reservation, and until that transaction ends nobody else places anything. Throws NO_HOST_FITS with the reasons.
 */
export async function placeSandbox(sql: Sql, demand: Demand, strategy: Strategy = roundRobin): Promise<Place> {
  // Two statements, on one way to the database: the second must see what the lock's last holder has committed.
  const [, next] = await Promise.all([lockPlacement(sql), findCandidates(sql, demand, looks[0])]);
  const { hostId } =
    choose(next, strategy) ??
    choose(await findCandidates(sql, demand, looks[1]), strategy) ??
    (await chooseAmongAll(sql, demand, strategy));
  return { hostId, turn: takeTurn(sql, hostId, demand.teamId) };
}

type Looked = Awaited<ReturnType<typeof findCandidates>>;

const choose = (hosts: Looked, strategy: Strategy) => strategy(hosts.filter(({ obstacle }) => obstacle === null));

async function chooseAmongAll(sql: Sql, demand: Demand, strategy: Strategy): Promise<Candidate> {
  const hosts = await findCandidates(sql, demand);
  const chosen = choose(hosts, strategy);
  if (!chosen) throw noHostFits(hosts.flatMap(({ obstacle }) => obstacle ?? []));
  return chosen;
}
