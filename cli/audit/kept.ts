import { appendFile, readFile } from 'node:fs/promises';
import { equals, fromJsonString, toJsonString } from '@bufbuild/protobuf';
import { AuditCheckpointSchema, type AuditCheckpoint } from '#proto/muster/v1/audit_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';

/** As many as one verification takes. */
const mostPresented = 1000;

/** The newest checkpoints of a file; none where there is no file yet. */
export async function readKept(path: string): Promise<AuditCheckpoint[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new CliError(`${path} cannot be read.`, exitCodes.failure, { cause: error });
  });
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines
    .slice(-mostPresented)
    .map((line, index) => parse(line, path, lines.length - Math.min(lines.length, mostPresented) + index + 1));
}

function parse(line: string, path: string, number: number): AuditCheckpoint {
  try {
    return fromJsonString(AuditCheckpointSchema, line);
  } catch (error) {
    throw new CliError(`Line ${number} of ${path} is no checkpoint.`, exitCodes.failure, { cause: error });
  }
}

/** Adds a checkpoint to the file, unless it is the last one there. */
export async function keep(path: string, kept: readonly AuditCheckpoint[], checkpoint: AuditCheckpoint): Promise<void> {
  const last = kept.at(-1);
  if (last && equals(AuditCheckpointSchema, last, checkpoint)) return;
  await appendFile(path, `${toJsonString(AuditCheckpointSchema, checkpoint)}\n`, { mode: 0o600 });
}
