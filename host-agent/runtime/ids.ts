/** Each sandbox has this many user and group ids of its own; inside they begin at 0. */
export const idsPerSandbox = 65_536;

/** The host ids of an agent's sandboxes: `sandboxes` ranges from `first` on. */
export interface IdRange {
  readonly first: number;
  readonly sandboxes: number;
}

/** The first id of the lowest range that no sandbox has; undefined where all are taken. */
export function freeIds(range: IdRange, taken: ReadonlySet<number>): number | undefined {
  for (let slot = 0; slot < range.sandboxes; slot += 1) {
    const first = range.first + slot * idsPerSandbox;
    if (!taken.has(first)) return first;
  }
  return undefined;
}
