import type { Context } from '../../context.ts';
import { checkpointDirectory, checkpointFile, readCheckpointFile } from '../chain/checkpoint-file.ts';
import type { Checkpoint } from '../chain/checkpoint.ts';
import type { Finding } from '../chain/findings.ts';
import { verifyAudit, type VerifyResult } from '../chain/verify.ts';

/** Verifies to the end; answers what was found, shortly (`changed 3`), and the result. */
export async function verifyAll(
  context: Context,
  kept: readonly AsyncIterable<Checkpoint | undefined>[] = [ownFile(context)],
): Promise<{ found: string[]; findings: Finding[]; result: VerifyResult }> {
  const findings: Finding[] = [];
  for await (const step of verifyAudit({
    sql: context.sql,
    installation: context.installation,
    kept,
    signal: context.signal,
  })) {
    if (step.kind === 'finding') findings.push(step.finding);
    if (step.kind === 'result')
      return {
        found: findings.map(({ kind, position }) => [kind, position].filter(Boolean).join(' ')),
        findings,
        result: step.result,
      };
  }
  throw new Error('The verification ended without a result.');
}

const ownFile = ({ config, installation }: Context) =>
  readCheckpointFile(checkpointFile(checkpointDirectory(config.dataDir), installation.id));
