/** MiB for people: GiB from 1024 on. */
export function sayMib(mib: number | bigint): string {
  const count = Number(mib);
  return count < 1024 ? `${count} MiB` : `${trimmed(count / 1024)} GiB`;
}

/** A number with one decimal at most. */
export const trimmed = (value: number): string => value.toFixed(1).replace(/\.0$/, '');
