import { AssertOutcome, AssertVerdict } from '#proto/muster/v1/fleet_pb.js';
import { count, enumerate } from '../words.ts';
import type { Standing } from './standing.ts';

/** How a gate stands as a whole. */
export interface Tally {
  readonly met: number;
  readonly notMet: number;
  readonly excluded: number;
  /** One sentence. */
  readonly sentence: string;
  /** Whether it runs everywhere. */
  readonly passes: boolean;
  /** Whether there is nothing to wait for: nothing is selected. */
  readonly empty: boolean;
}

const mostNames = 5;

/** Counts, and says it in one sentence. */
export function tallyOf(standings: readonly Standing[], called: string, minHosts: number): Tally {
  const of = (outcome: AssertOutcome) => standings.filter((one) => one.outcome === outcome);
  const [met, notMet, excluded] = [of(AssertOutcome.MET), of(AssertOutcome.NOT_MET), of(AssertOutcome.EXCLUDED)];
  const counted = met.length + notMet.length;
  const least = Math.max(1, minHosts);
  const numbers = { met: met.length, notMet: notMet.length, excluded: excluded.length };
  const besides =
    excluded.length > 0
      ? ` ${count(excluded.length, 'host')} offline ${excluded.length === 1 ? 'does' : 'do'} not count.`
      : '';
  const say = (sentence: string, passes = false) => ({
    ...numbers,
    sentence: `${sentence}${besides}`,
    passes,
    empty: counted === 0,
  });
  if (counted === 0) return say('No host is selected that could run it, so the gate cannot pass.');
  if (notMet.length > 0) {
    const names = notMet.slice(0, mostNames).map(({ hostName }) => hostName);
    const rest = notMet.length - names.length;
    const who = enumerate(rest > 0 ? [...names, `${rest} more`] : names);
    return say(
      `${notMet.length} of ${count(counted, 'host')} ${notMet.length === 1 ? 'does' : 'do'} not run ${called}: ${who}.`,
    );
  }
  if (met.length < least)
    return say(`Only ${count(met.length, 'host')} ${met.length === 1 ? 'runs' : 'run'} ${called}, and ${least} must.`);
  return say(counted === 1 ? `The one selected host runs ${called}.` : `All ${counted} hosts run ${called}.`, true);
}

/** In the audit log, and for those who count. */
export const verdictWord = (verdict: AssertVerdict): string => AssertVerdict[verdict].toLowerCase();
