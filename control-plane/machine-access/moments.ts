import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import { invalidField } from '../errors.ts';

/** Far enough: what is meant to have none is said without an end. */
const longestMs = 10 * 366 * 86_400_000;

/** Until when a key is good; undefined where it has no end. Throws `invalid_argument`. */
export function endFrom(expiresAt: Timestamp | undefined): Date | undefined {
  if (!expiresAt) return undefined;
  const end = timestampDate(expiresAt);
  const inMs = end.getTime() - Date.now();
  if (Number.isNaN(inMs) || inMs > longestMs)
    throw invalidField('expires_at', 'The end lies more than ten years from now: leave it out for a key without one.');
  if (inMs <= 0) throw invalidField('expires_at', 'The end lies in the past: name one that is still to come.');
  return end;
}
