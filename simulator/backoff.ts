const firstMs = 1_000;
const lastMs = 60_000;

/** How long to wait after so many failures in a row, as agents do: up to twice as long each time, a random part of it. */
export const backoffMs = (failures: number, random: () => number = Math.random): number =>
  random() * Math.min(lastMs, firstMs * 2 ** Math.min(failures, 6));
