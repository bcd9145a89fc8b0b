/** A host that could take the sandbox. */
export interface Candidate {
  readonly hostId: string;
  /** Grows with every placement anywhere; 0 where there was none yet. */
  readonly lastPlacement: number;
}

/** Chooses among the hosts that could take a sandbox; undefined when there are none. */
export type Strategy = (candidates: readonly Candidate[]) => Candidate | undefined;

/** The host whose last placement is longest ago; the smaller id among those that had none. */
export const roundRobin: Strategy = (candidates) =>
  candidates.reduce<Candidate | undefined>(
    (best, one) => (best === undefined || comesBefore(one, best) ? one : best),
    undefined,
  );

const comesBefore = (a: Candidate, b: Candidate): boolean =>
  a.lastPlacement === b.lastPlacement ? a.hostId < b.hostId : a.lastPlacement < b.lastPlacement;
