import { create, toJsonString, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AuditEventSchema,
  AuditExportFormat,
  type ExportAuditEventsResponseSchema,
} from '#proto/muster/v1/audit_pb.js';
import type { Context } from '../context.ts';
import { findTail } from './chain/store.ts';
import { findNextPosition } from './chain/verify-store.ts';
import { csvHead, csvLine } from './csv.ts';
import type { AuditEvent, AuditFilter } from './event.ts';
import { readSealed } from './read-store.ts';
import { eventToProto } from './view.ts';

/** How much of the chain is read at once: a few hundred KiB, and all that an export holds in memory. */
const windowSize = 500n;

interface Format {
  readonly head: string;
  readonly line: (event: AuditEvent) => string;
}

const csv: Format = { head: csvHead, line: csvLine };
const jsonLines: Format = {
  head: '',
  line: (event) => `${toJsonString(AuditEventSchema, create(AuditEventSchema, eventToProto(event)))}\n`,
};

export const formatOf = (format: AuditExportFormat): Format => (format === AuditExportFormat.CSV ? csv : jsonLines);

type Piece = MessageInitShape<typeof ExportAuditEventsResponseSchema>;

/**
 * The sealed rows after a position, in the order of the chain, up to its end at this moment. Nothing is read before the
 * piece before has been taken. In the order of the chain no row can be left out: one that commits late comes later.
 */
export async function* exportEvents(
  { sql, signal }: Pick<Context, 'sql' | 'signal'>,
  filter: AuditFilter,
  format: Format,
  start: bigint,
): AsyncGenerator<Piece> {
  const tail = (await findTail(sql))?.position ?? 0n;
  if (start === 0n && format.head !== '') yield piece(format.head, 0, 0n);
  for (let after = start; after < tail;) {
    signal.throwIfAborted();
    const until = after + windowSize < tail ? after + windowSize : tail;
    const events = await readSealed(sql, filter, { after, until });
    // The chain has holes only where somebody made them, as wide as they liked.
    after = events.length > 0 ? until : ((await findNextPosition(sql, until)) ?? tail + 1n) - 1n;
    yield piece(events.map(format.line).join(''), events.length, until);
  }
}

const piece = (text: string, rows: number, position: bigint): Piece => ({
  data: new TextEncoder().encode(text),
  rows,
  position,
});
