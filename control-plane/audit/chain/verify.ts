import { z } from 'zod';
import type { Sql } from '../../database/index.ts';
import type { Installation } from '../../installation/index.ts';
import { checkKept, checkOwn, type CheckedCheckpoints } from './check-checkpoints.ts';
import type { Checkpoint } from './checkpoint.ts';
import { finding, type Finding } from './findings.ts';
import { genesis } from './seal.ts';
import { findTail } from './store.ts';
import {
  countErasures,
  findBacklog,
  findHighestId,
  findLost,
  findUnsealed,
  type ErasureCount,
} from './verify-store.ts';
import { walkChain } from './walk.ts';

/** What is verified, against what. */
export interface VerifySource {
  readonly sql: Sql;
  readonly installation: Pick<Installation, 'id' | 'publicKey'>;
  /** Checkpoints that were kept outside of the database; `undefined` for a line that could not be read. */
  readonly kept: readonly AsyncIterable<Checkpoint | undefined>[];
  readonly signal: AbortSignal;
}

export interface VerifyResult {
  readonly intact: boolean;
  /** Sealed rows that were checked. */
  readonly rows: number;
  /** The chain's end when the verification began; undefined in an empty chain. */
  readonly tail: { readonly position: bigint; readonly seal: Buffer } | undefined;
  readonly findings: number;
  /** Rows that wait for their seal, and since when the oldest does. */
  readonly waiting: number;
  readonly waitingSince: Date | null;
  readonly erasedOrigins: number;
  readonly erasedContents: number;
  /** The database's own that were checked, and those that were kept outside of it. */
  readonly checkpoints: number;
  readonly keptCheckpoints: number;
  readonly newestCheckpoint: Checkpoint | undefined;
  readonly elapsedMs: number;
}

/** What a verification tells as it goes on: how far it is, what it finds, and in the end the result. */
export type VerifyStep =
  | { readonly kind: 'progress'; readonly rows: number; readonly total: number }
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'result'; readonly result: VerifyResult };

/** Findings after these are only counted. */
const shownFindings = 1_000;
const idsPerStep = 50n * 1_000n;

/**
 * Checks the whole audit: that every checkpoint's signature holds and the chain still has what it signed, that every
 * sealed row is what was sealed and follows the one before, that no row is without a seal, and that what was erased was
 * erased by an audited erasure. Holds no transaction: what it reads is never changed, so it may take as long as it takes.
 */
export async function* verifyAudit(source: VerifySource): AsyncGenerator<VerifyStep> {
  const { sql, installation, signal } = source;
  const started = performance.now();
  const tail = await findTail(sql);
  const total = Number(tail?.position ?? 0n);
  let counts = { rows: 0, findings: 0, erasedOrigins: 0, erasedContents: 0, checkpoints: 0, keptCheckpoints: 0 };
  let newestCheckpoint: Checkpoint | undefined;

  const tell = function* (findings: readonly Finding[]): Generator<VerifyStep> {
    for (const one of findings) {
      counts = { ...counts, findings: counts.findings + 1 };
      if (counts.findings <= shownFindings) yield { kind: 'finding', finding: one };
    }
  };
  const checked = function* (
    which: 'checkpoints' | 'keptCheckpoints',
    checkpoints: CheckedCheckpoints,
  ): Generator<VerifyStep> {
    counts = { ...counts, [which]: counts[which] + checkpoints.checked };
    if ((checkpoints.newest?.position ?? -1n) > (newestCheckpoint?.position ?? -1n))
      newestCheckpoint = checkpoints.newest;
    yield* tell(checkpoints.findings);
  };

  yield { kind: 'progress', rows: 0, total };
  for await (const batch of checkOwn(sql, installation, signal)) yield* checked('checkpoints', batch);
  for (const kept of source.kept) {
    for await (const batch of checkKept(sql, installation, kept, signal)) yield* checked('keptCheckpoints', batch);
  }
  for await (const batch of walkChain(sql, genesis(installation.id), tail?.position ?? 0n, signal)) {
    counts = {
      ...counts,
      rows: counts.rows + batch.rows,
      erasedOrigins: counts.erasedOrigins + batch.erasedOrigins,
      erasedContents: counts.erasedContents + batch.erasedContents,
    };
    yield* tell(batch.findings);
    yield { kind: 'progress', rows: counts.rows, total };
  }
  for await (const findings of checkQueue(sql, signal)) yield* tell(findings);
  yield* tell(judgeErasures(await countErasures(sql)));

  const backlog = await findBacklog(sql);
  yield {
    kind: 'result',
    result: {
      ...counts,
      intact: counts.findings === 0,
      tail,
      waiting: backlog.count,
      waitingSince: backlog.since,
      newestCheckpoint,
      elapsedMs: performance.now() - started,
    },
  };
}

/** Rows that are neither sealed nor waiting, and rows that wait but are gone. */
async function* checkQueue(sql: Sql, signal: AbortSignal): AsyncGenerator<Finding[]> {
  const highest = await findHighestId(sql);
  for (let after = -1n; after < highest; after += idsPerStep) {
    signal.throwIfAborted();
    const rows = await findUnsealed(sql, { after, until: after + idsPerStep });
    yield rows.map(({ id }) => finding('unsealed', { eventId: id }));
  }
  const lost = await findLost(sql, shownFindings);
  yield lost.map(({ id }) => finding('lost', { eventId: id }));
}

const erasureTold = z.object({ origins: z.number(), contents: z.number() });

function judgeErasures(erasures: readonly ErasureCount[]): Finding[] {
  return erasures
    .filter(({ told, origins, contents }) => {
      const said = erasureTold.safeParse(parse(told ?? 'null'));
      return !said.success || said.data.origins !== origins || said.data.contents !== contents;
    })
    .map(({ erasureEventId }) => finding('erasure_unproven', { eventId: erasureEventId }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
