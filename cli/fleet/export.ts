import { FleetExportFormat } from '#proto/muster/v1/fleet_pb.js';
import { openSink } from '../output/sink.ts';
import { sayCount } from '../output/words.ts';
import { withoutDeadline, type Session, type SessionOptions } from '../session/session.ts';

export interface ExportOptions extends SessionOptions {
  readonly format: 'csv' | 'jsonl';
  readonly repository?: string;
  readonly out?: string;
}

const formats = { csv: FleetExportFormat.CSV, jsonl: FleetExportFormat.JSON_LINES } as const;

/** Writes the fleet to a new file or to standard output. */
export async function exportFleet(session: Session, { format, repository, out }: ExportOptions): Promise<void> {
  const sink = await openSink(session, out, false);
  let rows = 0;
  try {
    for await (const piece of session.fleet.exportFleet({ format: formats[format], repository }, withoutDeadline)) {
      await sink.write(piece.data);
      rows += piece.rows;
    }
  } finally {
    await sink.close();
  }
  if (out !== undefined) session.stderr.write(`Wrote ${sayCount(rows, 'row')} to ${out}.\n`);
}
