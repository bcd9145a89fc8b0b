import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';

const dayMs = 86_400_000;

/** A credential that ends within this time is worth a warning. */
export const soonMs = 14 * dayMs;

export type Ending = 'never' | 'later' | 'soon' | 'over';

/** How near the end of something is. */
export function endingOf(expiresAt: Timestamp | undefined, nowMs: number): Ending {
  if (expiresAt === undefined) return 'never';
  const left = timestampMs(expiresAt) - nowMs;
  if (left <= 0) return 'over';
  return left < soonMs ? 'soon' : 'later';
}

/** How long a new credential can live. */
export const lifetimes = [
  { value: 1, label: '1 day' },
  { value: 7, label: '7 days' },
  { value: 30, label: '30 days' },
  { value: 90, label: '90 days' },
  { value: 365, label: '1 year' },
] as const;

export const usualLifetimeDays = 90;
export const daysOf = (days: number) => ({ seconds: BigInt(days) * 86_400n, nanos: 0 });

/** How long the secret before can go on working. */
export const overlaps = [
  { value: 0, label: 'Not at all: it ends now' },
  { value: 3600, label: '1 hour' },
  { value: 86_400, label: '1 day' },
  { value: 3 * 86_400, label: '3 days' },
  { value: 7 * 86_400, label: '7 days' },
] as const;

/** Long enough to put the new secret in its place. */
export const usualOverlapSeconds = 86_400;
