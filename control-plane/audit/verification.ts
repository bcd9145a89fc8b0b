import type { MessageInitShape } from '@bufbuild/protobuf';
import type { VerifyAuditResponseSchema } from '#proto/muster/v1/audit_pb.js';
import type { Context } from '../context.ts';
import { checkpointDirectory, checkpointFile, readCheckpointFile } from './chain/checkpoint-file.ts';
import type { Checkpoint } from './chain/checkpoint.ts';
import { verifyAudit, type VerifyResult, type VerifyStep } from './chain/verify.ts';
import { findingToProto, resultToProto } from './view.ts';

/** Verifies against this replica's file of checkpoints too, and against those that the caller has kept. */
export function verifyInstallation(context: Context, kept: readonly Checkpoint[] = []): AsyncGenerator<VerifyStep> {
  const { sql, installation, signal, config } = context;
  const file = readCheckpointFile(checkpointFile(checkpointDirectory(config.dataDir), installation.id));
  return verifyAudit({ sql, installation, kept: [file, each(kept)], signal });
}

async function* each(checkpoints: readonly Checkpoint[]): AsyncGenerator<Checkpoint> {
  yield* checkpoints;
}

export function stepToProto(step: VerifyStep): MessageInitShape<typeof VerifyAuditResponseSchema> {
  switch (step.kind) {
    case 'progress':
      return { event: { case: 'progress', value: { rows: BigInt(step.rows), totalRows: BigInt(step.total) } } };
    case 'finding':
      return { event: { case: 'finding', value: findingToProto(step.finding) } };
    case 'result':
      return { event: { case: 'result', value: resultToProto(step.result, sentenceOf(step.result)) } };
  }
}

/** The result for people: what was checked, or what to do now. */
export function sentenceOf({ intact, rows, findings, checkpoints, newestCheckpoint }: VerifyResult): string {
  if (!intact)
    return `${count(findings, 'problem was', 'problems were')} found in ${count(rows, 'row', 'rows')}: keep the database as it is, and compare it with a backup.`;
  if (rows === 0) return 'Nothing is sealed yet.';
  const signed = newestCheckpoint
    ? `${count(checkpoints, 'checkpoint holds', 'checkpoints hold')}, up to position ${newestCheckpoint.position}`
    : 'no checkpoint was signed yet';
  return `All ${count(rows, 'row is', 'rows are')} as sealed; ${signed}.`;
}

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;
