/** How long to wait after the n-th failure in a row (from 1): 0.5 s, doubling, 15 s at most, half of it by chance. */
export function backoffMs(failures: number, chance: number): number {
  const ceiling = Math.min(15_000, 500 * 2 ** (failures - 1));
  return ceiling / 2 + (ceiling / 2) * chance;
}
