import { ConnectError } from '@connectrpc/connect';
import { AuditExportFormat } from '#proto/muster/v1/audit_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { failureOf } from '../failure/failure.ts';
import { openSink } from '../output/sink.ts';
import { sayCount } from '../output/words.ts';
import { withoutDeadline, type Session } from '../session/session.ts';
import { filterOf, type FilterOptions } from './filter.ts';

export interface ExportOptions extends FilterOptions {
  readonly format: 'csv' | 'jsonl';
  readonly out?: string;
  readonly after?: bigint;
}

const formats = { csv: AuditExportFormat.CSV, jsonl: AuditExportFormat.JSON_LINES } as const;

/** Writes audit rows to a file or to standard output, as they come. */
export async function exportEvents(session: Session, options: ExportOptions): Promise<void> {
  const { format, out, after, ...filter } = options;
  const sink = await openSink(session, out, after !== undefined);
  let rows = 0;
  let position = after ?? 0n;
  try {
    const request = { format: formats[format], teamId: filter.team, filter: filterOf(filter), afterPosition: position };
    for await (const piece of session.audit.exportAuditEvents(request, withoutDeadline)) {
      await sink.write(piece.data);
      rows += piece.rows;
      position = piece.position;
    }
  } catch (error) {
    if (!(error instanceof ConnectError) || rows === 0) throw error;
    const { sentence, code } = failureOf(error);
    throw new CliError(`${sentence} ${sayCount(rows, 'row')} were written; go on with --after ${position}.`, code, {
      cause: error,
    });
  } finally {
    await sink.close();
  }
  if (out !== undefined) session.stderr.write(`Wrote ${sayCount(rows, 'row')} to ${out}.\n`);
}
