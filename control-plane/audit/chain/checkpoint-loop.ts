import type { Context } from '../../context.ts';
import type { Loop } from '../../loops/index.ts';
import { signCheckpoint, type Checkpoint } from './checkpoint.ts';
import { CheckpointFile, checkpointDirectory, checkpointFile } from './checkpoint-file.ts';
import { findDue, findSignedAfter, fromRow, insertCheckpoint } from './checkpoint-store.ts';
import { findTail } from './store.ts';

/** The loop looks twice a minute, so the next checkpoint follows within five minutes of the one before. */
const lookEveryMs = 30_000;
const dueAfterMs = 270_000;
const linesPerRun = 1_000;

export interface CheckpointResult {
  /** The position that was signed in this run. */
  readonly signed: string | undefined;
  readonly exported: number;
}

/** Every replica runs it: one signs, each keeps a copy of its own. */
export const checkpointLoop: Loop = {
  name: 'audit.checkpoints',
  everyMs: lookEveryMs,
  singleton: false,
  run: (context) => keepCheckpoints(context),
};

/** Signs the chain's end where that is due, and copies new checkpoints into this replica's file. */
export async function keepCheckpoints(context: Context, everyMs = dueAfterMs): Promise<CheckpointResult> {
  const signed = await signDue(context, everyMs);
  return { signed: signed && String(signed.position), exported: await exportCheckpoints(context) };
}

async function signDue({ sql, installation, log }: Context, everyMs: number): Promise<Checkpoint | undefined> {
  const last = await findDue(sql, everyMs);
  if (!last.due) return undefined;
  if (last.seal && !last.standing?.equals(last.seal)) {
    log.error(
      { position: last.position },
      'the audit chain is no longer what its last checkpoint signed: run muster audit verify',
    );
  }
  const tail = await findTail(sql);
  if (!tail || tail.position <= BigInt(last.position ?? 0)) return undefined;
  const checkpoint = signCheckpoint(installation, { ...tail, signedAtMicros: BigInt(last.nowMicros) });
  return (await insertCheckpoint(sql, checkpoint)) ? checkpoint : undefined;
}

async function exportCheckpoints(context: Context): Promise<number> {
  const { config, installation, sql } = context;
  const file = await CheckpointFile.open(checkpointFile(checkpointDirectory(config.dataDir), installation.id));
  try {
    const rows = await findSignedAfter(sql, file.last?.signedAtMicros ?? 0n, linesPerRun);
    await file.append(rows.map((row) => fromRow(installation.id, row)));
    return rows.length;
  } finally {
    await file.close();
  }
}
