import type { Context } from '../../context.ts';
import type { Sql } from '../../database/index.ts';
import type { Loop } from '../../loops/index.ts';
import { digestContent, digestOrigin, genesis, sealOf, sealVersion } from './seal.ts';
import { contentOf, findTail, findWaiting, insertSeals, lockChain, originOf, type ChainRow, type NewSeals } from './store.ts';

/** 1,000 rows are sealed in about 60 ms; a larger batch only makes the transaction longer. */
const batchSize = 1_000;
/** What one run does at most. The next one goes on. */
const batchesPerRun = 50;

export interface SealResult {
  readonly sealed: number;
}

/**
 * Gives committed rows their position and seal. Woken by its timer alone: a notification per row would make all
 * mutations queue at PostgreSQL's notification lock when they commit.
 */
export const sealerLoop: Loop = { name: 'audit.sealer', everyMs: 250, singleton: true, run: sealAuditEvents };

/** Seals what waits. May be killed at any line, and run twice at once: each batch is one transaction under the chain's lock. */
export async function sealAuditEvents(context: Pick<Context, 'installation' | 'transaction' | 'signal'>): Promise<SealResult> {
  let sealed = 0;
  for (let batch = 0; batch < batchesPerRun && !context.signal.aborted; batch += 1) {
    const count = await context.transaction((sql) => sealBatch(sql, context.installation.id));
    sealed += count;
    if (count < batchSize) break;
  }
  return { sealed };
}

async function sealBatch(sql: Sql, installationId: string): Promise<number> {
  if (!(await lockChain(sql))) return 0;
  // A statement of its own after the lock, so that it sees what the holder before has committed.
  const tail = await findTail(sql);
  const rows = await findWaiting(sql, batchSize);
  if (rows.length === 0) return 0;
  await insertSeals(sql, chain(rows, tail ?? { position: 0n, seal: genesis(installationId) }));
  return rows.length;
}

function chain(rows: readonly ChainRow[], tail: { position: bigint; seal: Buffer }): NewSeals {
  const seals: NewSeals = { positions: [], eventIds: [], originDigests: [], contentDigests: [], seals: [], version: sealVersion };
  let { position, seal } = tail;
  for (const row of rows) {
    const [origin, content] = [originOf(row), contentOf(row)];
    const [originDigest, contentDigest] = [origin && digestOrigin(origin), content && digestContent(content)];
    position += 1n;
    seal = sealOf(seal, position, { ...row, originDigest, contentDigest })!; // our own version is known
    seals.positions.push(String(position));
    seals.eventIds.push(row.eventId);
    seals.originDigests.push(originDigest && originDigest.toString('hex'));
    seals.contentDigests.push(contentDigest && contentDigest.toString('hex'));
    seals.seals.push(seal.toString('hex'));
  }
  return seals;
}
