import type { ConnectionSums } from './store.ts';

/** What is summed of a connection. */
interface Summed {
  readonly hostId: string;
  readonly generation: number;
  /** Of the access token that opened it. */
  readonly epoch: number;
}

/**
 * Which of the connections that a replica holds have to be looked at one by one: those of quarantined hosts where the sums
 * are the database's, all of them where not. One that comes or goes at this moment has all of them looked at, too.
 */
export function doubtfulOf<Link extends Summed>(links: readonly Link[], known: ConnectionSums): readonly Link[] {
  const sum = (of: (link: Link) => number) => links.reduce((total, link) => total + BigInt(of(link)), 0n);
  const isKnown =
    links.length === known.count &&
    sum(({ generation }) => generation) === known.generations &&
    sum(({ epoch }) => epoch) === known.epochs;
  if (!isKnown) return links;
  const quarantined = new Set(known.quarantined);
  return links.filter(({ hostId }) => quarantined.has(hostId));
}
