import type { Context } from '../../context.ts';
import { violatesUnique, type Sql } from '../../database/index.ts';
import type { Loop } from '../../loops/index.ts';
import { digestContent, digestOrigin, genesis, sealOf, sealVersion } from './seal.ts';
import { contentOf, findTail, findWaiting, insertSeals, originOf, type ChainRow, type NewSeals } from './store.ts';

/** 1,000 rows are sealed in about 60 ms; a larger batch only makes the statement longer. */
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

/**
 * Seals what waits. May be killed at any line, and run twice at once: a batch is one statement, which fails as a whole
 * where another sealer has added to the chain since it was read. No lock has to be held for that.
 */
export async function sealAuditEvents(context: Pick<Context, 'installation' | 'sql' | 'signal'>): Promise<SealResult> {
  let sealed = 0;
  let next: string | undefined = '0';
  for (let batch = 0; batch < batchesPerRun && next !== undefined && !context.signal.aborted; batch += 1) {
    const done: SealedBatch = await sealBatch(context.sql, context.installation.id, next);
    sealed += done.sealed;
    next = done.next;
  }
  return { sealed };
}

interface SealedBatch extends SealResult {
  /** The id after which the next batch begins, where there is more. */
  readonly next: string | undefined;
}

async function sealBatch(sql: Sql, installationId: string, after: string): Promise<SealedBatch> {
  const tail = await findTail(sql);
  const waiting = await findWaiting(sql, after, batchSize);
  const rows = waiting.filter(({ sealable }) => sealable);
  try {
    if (rows.length > 0) await insertSeals(sql, chain(rows, tail ?? { position: 0n, seal: genesis(installationId) }));
  } catch (error) {
    if (!outrun(error)) throw error;
    return { sealed: 0, next: undefined };
  }
  return { sealed: rows.length, next: waiting.length === batchSize ? waiting.at(-1)?.eventId : undefined };
}

/** Whether another sealer was faster: it has the positions, or the rows. */
const outrun = (error: unknown): boolean =>
  violatesUnique(error, 'audit_seals_pkey') || violatesUnique(error, 'audit_seals_event_id_key');

function chain(rows: readonly ChainRow[], tail: { position: bigint; seal: Buffer }): NewSeals {
  const seals: NewSeals = {
    positions: [],
    eventIds: [],
    originDigests: [],
    contentDigests: [],
    seals: [],
    version: sealVersion,
  };
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
