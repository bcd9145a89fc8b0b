import { timestampFromMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { lifetimes } from '../credentials/expiry.ts';

const dayMs = 86_400_000;

/** How long a key is good. */
export const keyLifetimes = [...lifetimes, { value: 0, label: 'No end: until it is taken away' }] as const;
export const usualKeyDays = 30;

/** When a key ends that is good for so many days from now on; undefined for one without an end. */
export const endAfter = (days: number): Timestamp | undefined =>
  days === 0 ? undefined : timestampFromMs(Date.now() + days * dayMs);
