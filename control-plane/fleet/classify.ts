import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import type { Facts } from './facts.ts';
import { states, type State } from './states.ts';

/** What is to be said of a component: nothing else than the facts decides it. */
export interface Verdict {
  readonly state: ComponentState;
  readonly sentence: string;
  readonly nextStep: string;
}

const table: readonly State[] = states;
const precedence = new Map(table.map(({ proto }, at) => [proto, at]));

/** The first state of the table that applies. */
export function classify(facts: Facts): Verdict {
  for (const { proto, findings } of table) {
    const finding = findings.find(({ applies }) => applies(facts));
    if (finding) return { state: proto, sentence: finding.sentence(facts), nextStep: finding.nextStep(facts) };
  }
  throw new Error('No state applies to these facts: the table has a gap.');
}

/** Negative where the first is worse. */
export const compareStates = (one: ComponentState, other: ComponentState): number =>
  (precedence.get(one) ?? 0) - (precedence.get(other) ?? 0);

/** A host is as well as its worst component; without any, it has never reported. */
export const worstState = (all: readonly ComponentState[]): ComponentState =>
  all.toSorted(compareStates)[0] ?? ComponentState.NEVER_REPORTED;
