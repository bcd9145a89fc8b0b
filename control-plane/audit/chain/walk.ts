import type { Sql } from '../../database/index.ts';
import { finding, type Finding } from './findings.ts';
import { digestContent, digestOrigin, sealOf } from './seal.ts';
import { contentOf, originOf } from './store.ts';
import { findErased, findNextPosition, walkSeals, type WalkedRow } from './verify-store.ts';

/** About 50 ms of work each; what the walk holds in memory. */
const batchSize = 2_500n;

export interface WalkBatch {
  /** How far the walk has come. */
  readonly position: bigint;
  readonly rows: number;
  readonly erasedOrigins: number;
  readonly erasedContents: number;
  readonly findings: Finding[];
}

/** Walks the chain up to a position, in its order, in batches. The next batch is on its way while this one is hashed. */
export async function* walkChain(
  sql: Sql,
  start: Buffer,
  until: bigint,
  signal: AbortSignal,
): AsyncGenerator<WalkBatch> {
  let before: Link = { position: 0n, seal: start };
  for await (const rows of windows(sql, until, signal)) {
    const findings: Finding[] = [];
    for (const row of rows) {
      findings.push(...checkLink(before, row), ...checkBeside(row));
      before = { position: BigInt(row.position), seal: row.seal };
    }
    const absent = await settleAbsent(sql, rows);
    yield { position: before.position, rows: rows.length, ...absent, findings: [...findings, ...absent.findings] };
  }
}

async function* windows(sql: Sql, until: bigint, signal: AbortSignal): AsyncGenerator<readonly WalkedRow[]> {
  const end = (after: bigint) => (after + batchSize < until ? after + batchSize : until);
  const fetch = (after: bigint) => walkSeals(sql, { after, until: end(after) }).execute();
  let after = 0n;
  let coming = fetch(after);
  while (after < until) {
    const rows = await coming;
    signal.throwIfAborted();
    // A hole may be as wide as somebody likes: it is stepped over, not walked through.
    after = rows.length > 0 ? end(after) : ((await findNextPosition(sql, end(after))) ?? until + 1n) - 1n;
    coming = fetch(after);
    // Awaited in the next turn; should the walk end before, its failure is nobody's.
    coming.catch(() => undefined);
    if (rows.length > 0) yield rows;
  }
}

interface Link {
  readonly position: bigint;
  readonly seal: Buffer;
}

/** Whether a row follows the one before it, and is what was sealed. */
function checkLink(before: Link, row: WalkedRow): Finding[] {
  const position = BigInt(row.position);
  const { eventId } = row;
  if (position === before.position) return [finding('forked', { position, eventId })];
  const next = before.position + 1n;
  // Without the seal before it, the row's own seal cannot be checked: what follows it is.
  if (position > next) return [finding('seal_missing', { position: next, to: position - 1n })];
  if (!row.found) return [finding('missing', { position, eventId })];
  const seal = sealOf(before.seal, position, row, row.version);
  if (!seal) return [finding('unknown_version', { position, eventId })];
  return seal.equals(row.seal) ? [] : [finding('changed', { position, eventId })];
}

/** Whether what stands beside a row is what was sealed with it. That it is absent is another matter. */
function checkBeside(row: WalkedRow): Finding[] {
  const place = { position: BigInt(row.position), eventId: row.eventId };
  const [origin, content] = [originOf(row), contentOf(row)];
  return [
    ...(origin && !matches(digestOrigin(origin), row.originDigest) ? [finding('origin_changed', place)] : []),
    ...(content && !matches(digestContent(content), row.contentDigest) ? [finding('content_changed', place)] : []),
  ];
}

const matches = (digest: Buffer, sealed: Buffer | null): boolean => sealed !== null && digest.equals(sealed);

/** What was sealed but stands there no more: erased where an audited erasure says so, otherwise removed. */
async function settleAbsent(
  sql: Sql,
  rows: readonly WalkedRow[],
): Promise<Pick<WalkBatch, 'erasedOrigins' | 'erasedContents' | 'findings'>> {
  const withoutOrigin = rows.filter((row) => row.originDigest && !originOf(row));
  const withoutContent = rows.filter((row) => row.contentDigest && !contentOf(row));
  if (withoutOrigin.length + withoutContent.length === 0) return { erasedOrigins: 0, erasedContents: 0, findings: [] };
  const said = await findErased(
    sql,
    [...withoutOrigin, ...withoutContent].map(({ eventId }) => eventId),
  );
  const erased = new Set(said.map(({ eventId, part }) => `${part} ${eventId}`));
  const removed = (part: 'origin' | 'content', absent: readonly WalkedRow[]) =>
    absent.filter(({ eventId }) => !erased.has(`${part} ${eventId}`));
  const [removedOrigins, removedContents] = [removed('origin', withoutOrigin), removed('content', withoutContent)];
  return {
    erasedOrigins: withoutOrigin.length - removedOrigins.length,
    erasedContents: withoutContent.length - removedContents.length,
    findings: [
      ...removedOrigins.map(({ position, eventId }) =>
        finding('origin_missing', { position: BigInt(position), eventId }),
      ),
      ...removedContents.map(({ position, eventId }) =>
        finding('content_missing', { position: BigInt(position), eventId }),
      ),
    ],
  };
}
