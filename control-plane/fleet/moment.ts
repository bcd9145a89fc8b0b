import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import { invalidField } from '../errors.ts';

/** A moment that a caller names. Throws INVALID_FIELD for one that no calendar has. */
export function momentOf(timestamp: Timestamp, field: string): Date {
  const date = timestampDate(timestamp);
  if (!Number.isNaN(date.getTime()) && date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999) return date;
  throw invalidField(field, 'This is no moment of our calendar.');
}
