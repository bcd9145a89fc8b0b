import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';

/** A message's time as milliseconds, where it carries one. */
export const toMs = (at: Timestamp | undefined): number | undefined => at && timestampMs(at);
