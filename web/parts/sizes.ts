/** An amount of memory or disk given in MiB: "512 MiB", "16 GiB", "1.5 TiB". */
export function mebibytes(mib: number | bigint): string {
  const value = Number(mib);
  if (value < 1024) return `${value} MiB`;
  if (value < 1024 * 1024) return `${trim(value / 1024)} GiB`;
  return `${trim(value / 1024 / 1024)} TiB`;
}

/** Processors: "1 CPU", "0.5 CPUs". */
export const processors = (cpus: number): string => `${trim(cpus)} ${cpus === 1 ? 'CPU' : 'CPUs'}`;

const trim = (value: number): string => String(Math.round(value * 10) / 10);
