import type { Sql } from '../../database/index.ts';
import type { Installation } from '../../installation/index.ts';
import { isSignedBy, sameCheckpoint, type Checkpoint } from './checkpoint.ts';
import { findCheckpoints, findStanding, fromRow, type StandingAt } from './checkpoint-store.ts';
import { finding, type Finding } from './findings.ts';

type Signer = Pick<Installation, 'id' | 'publicKey'>;

export interface CheckedCheckpoints {
  readonly checked: number;
  /** The newest one that holds. */
  readonly newest: Checkpoint | undefined;
  readonly findings: Finding[];
}

const batchSize = 500;

/** Compares the database's own checkpoints with its chain. */
export async function* checkOwn(sql: Sql, signer: Signer, signal: AbortSignal): AsyncGenerator<CheckedCheckpoints> {
  let after = -1n;
  for (;;) {
    signal.throwIfAborted();
    const rows = await findCheckpoints(sql, after, batchSize);
    const last = rows.at(-1);
    if (!last) return;
    after = BigInt(last.position);
    const tail = await findEnd(sql);
    yield summarise(
      rows.map((row) => {
        const checkpoint = fromRow(signer.id, row);
        return { checkpoint, finding: judge(signer, checkpoint, row.standing, tail) };
      }),
    );
  }
}

/**
 * Compares checkpoints that were kept outside of the database with its chain. `undefined` is a line that could not be
 * read. Those that the database still has to the byte were checked with its own, signature and all.
 */
export async function* checkKept(
  sql: Sql,
  signer: Signer,
  kept: AsyncIterable<Checkpoint | undefined>,
  signal: AbortSignal,
): AsyncGenerator<CheckedCheckpoints> {
  for await (const batch of inBatches(kept)) {
    signal.throwIfAborted();
    const readable = batch.filter((one) => one !== undefined);
    const standing = new Map(
      (
        await findStanding(
          sql,
          readable.map(({ position }) => position),
        )
      ).map((row) => [row.position, row]),
    );
    const tail = await findEnd(sql);
    const judged = readable.flatMap((checkpoint) => {
      const row = standing.get(String(checkpoint.position));
      const own = row && ownOf(signer.id, row);
      if (own && sameCheckpoint(own, checkpoint)) return [];
      const found = judge(signer, checkpoint, row?.standing ?? null, tail);
      const lost =
        !found && !own
          ? finding('checkpoint_missing', { position: checkpoint.position, atMicros: checkpoint.signedAtMicros })
          : undefined;
      return [{ checkpoint, finding: found ?? lost }];
    });
    const summary = summarise(judged);
    const unreadable = Array.from({ length: batch.length - readable.length }, () =>
      finding('checkpoint_unreadable', {}),
    );
    yield { ...summary, checked: readable.length, findings: [...summary.findings, ...unreadable] };
  }
}

function judge(signer: Signer, checkpoint: Checkpoint, standing: Buffer | null, tail: bigint): Finding | undefined {
  const place = { position: checkpoint.position, atMicros: checkpoint.signedAtMicros };
  if (!isSignedBy(signer, checkpoint)) return finding('checkpoint_invalid', place);
  if (checkpoint.position > tail) return finding('shortened', place);
  if (standing && Buffer.compare(standing, checkpoint.seal) !== 0) return finding('rewritten', place);
  // A seal that is missing in between is found by the walk.
  return undefined;
}

function ownOf(installationId: string, row: StandingAt): Checkpoint | undefined {
  const { position, seal, signedAtMicros, signature } = row;
  return seal && signature ? fromRow(installationId, { position, seal, signedAtMicros, signature }) : undefined;
}

function summarise(judged: readonly { checkpoint: Checkpoint; finding: Finding | undefined }[]): CheckedCheckpoints {
  const good = judged.filter((one) => one.finding === undefined).map((one) => one.checkpoint);
  return {
    checked: judged.length,
    newest: good.reduce<Checkpoint | undefined>(
      (newest, one) => (newest && newest.position >= one.position ? newest : one),
      undefined,
    ),
    findings: judged.flatMap((one) => one.finding ?? []),
  };
}

async function findEnd(sql: Sql): Promise<bigint> {
  const [row] = await sql<{ position: string }[]>`select coalesce(max(position), 0) as position from audit_seals`;
  return BigInt(row!.position); // one row always
}

async function* inBatches<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
