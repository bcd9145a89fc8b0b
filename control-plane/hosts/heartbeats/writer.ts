import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { systemContext, type Services } from '../../context.ts';
import type { Sql } from '../../database/index.ts';
import { announce } from '../../events/index.ts';
import { recordHostAudit } from '../audit.ts';
import { hostCounters } from '../counters.ts';
import type { Beat, BeatAnswer, ReportRecorder } from './heartbeat.ts';
import { noteAhead, signedMark, stepsAhead, type Mark } from '../drift/index.ts';
import { quarantineClones, returnsOfClones } from '../quarantine/clones.ts';
import { Pace } from './pace.ts';
import { backingOf } from './proof.ts';
import { recordHeartbeats, recordRefusedReports } from './store.ts';

interface Waiting {
  beat: Beat;
  readonly answered: { resolve(answer: WrittenBeat | undefined): void; reject(error: unknown): void }[];
}

/** How many beats one statement writes at most. */
const batchSize = 1000;

/**
 * Each answer is worked out at once, and hundreds in a row would keep everybody else waiting: a few at a time are answered.
 * A large batch takes a few tenths of a second so, in which the next one gathers.
 */
const answering = { fewest: 4, mostTurns: 64, restMs: 3 };

/** What a beat is answered. */
export interface WrittenBeat extends BeatAnswer {
  /** To be signed with the next reports. Undefined where the beat did not count. */
  readonly nextNonce: Uint8Array | undefined;
  /** To be shown with the next beat. */
  readonly state: ReturnType<typeof signedMark>;
}

/** Writes heartbeats in batches. */
export interface HeartbeatWriter {
  /** Answers what the database knew of the host; undefined where it knows none. */
  write(beat: Beat): Promise<WrittenBeat | undefined>;
}

/**
 * One batch at a time: what arrives while it is gathered and written goes into the next one, so that a beat waits for
 * nobody when there are few and is one row of many when there are many. Of two beats of one host in a batch the latest counts.
 */
export function heartbeatWriter(services: Services, recordReports: ReportRecorder): HeartbeatWriter {
  let waiting = new Map<string, Waiting>();
  let writing = false;
  const pace = new Pace();

  const writeBatches = async () => {
    writing = true;
    while (waiting.size > 0) {
      const waitMs = pace.waitMs(performance.now());
      if (waitMs > 0) await delay(waitMs);
      const batch = [...waiting.values()].slice(0, batchSize);
      waiting = new Map([...waiting].slice(batchSize));
      await writeBatch(services, recordReports, batch);
    }
    writing = false;
  };

  return {
    write: (beat) =>
      new Promise((resolve, reject) => {
        pace.count(performance.now());
        const before = waiting.get(beat.hostId);
        if (before) {
          before.beat = later(before.beat, beat);
          before.answered.push({ resolve, reject });
        } else {
          waiting.set(beat.hostId, { beat, answered: [{ resolve, reject }] });
        }
        if (!writing) void writeBatches();
      }),
  };
}

/** A beat of another epoch must not displace a valid one, so the higher epoch counts first. Specs are kept from the older. */
function later(a: Beat, b: Beat): Beat {
  const [older, newer] =
    b.epoch > a.epoch || (b.epoch === a.epoch && (b.instanceId !== a.instanceId || b.sequence >= a.sequence))
      ? [a, b]
      : [b, a];
  return { ...newer, specs: newer.specs ?? (older.epoch === newer.epoch ? older.specs : undefined) };
}

async function writeBatch(services: Services, recordReports: ReportRecorder, batch: readonly Waiting[]): Promise<void> {
  const { pool, log, installation, metrics } = services;
  const { heartbeats, batches } = hostCounters(metrics);
  try {
    const beats = new Map(batch.map(({ beat }) => [beat.hostId, beat]));
    const nonces = new Map([...beats.keys()].map((hostId) => [hostId, randomBytes(16)]));
    const answers = await pool.begin(async (sql) => {
      const rows = await recordHeartbeats(sql, [...beats.values()], nonces);
      const told = rows.flatMap((row) => {
        const beat = beats.get(row.hostId);
        return beat && row.written ? [{ row, beat, backing: backingOf(installation.id, beat, row) }] : [];
      });
      const refused = told.filter(({ backing }) => backing === 'refused').map(({ row }) => row);
      const differing = rows.filter(({ digestChanged }) => digestChanged).map(({ hostId }) => hostId);
      await recordReports(
        sql,
        told
          .filter(({ backing }) => backing !== 'refused')
          .map(({ beat: { hostId, reports, access }, backing }) => ({
            hostId,
            reports,
            access,
            signed: backing === 'signed',
          })),
      );
      if (refused.length > 0) await tellRefused(services, sql, refused);
      await judge(services, sql, told);
      await announce(sql, 'inventory', differing);
      return rows;
    });
    heartbeats.inc(answers.filter(({ written }) => written).length);
    batches.inc({ outcome: 'written' });
    const written = writtenBeats(installation, answers, nonces);
    // The next batch gathers meanwhile.
    void answer(batch, written);
  } catch (error) {
    batches.inc({ outcome: 'failed' });
    log.debug({ err: error, hosts: batch.length }, 'a batch of heartbeats could not be written');
    for (const { answered } of batch) for (const each of answered) each.reject(error);
  }
}

function writtenBeats(
  installation: Services['installation'],
  rows: readonly BeatAnswer[],
  nonces: ReadonlyMap<string, Uint8Array>,
): Map<string, WrittenBeat> {
  const [first] = rows;
  if (!first) return new Map();
  // Once for all: the number is the batch's.
  const state = signedMark(installation, markOf(first));
  return new Map(
    rows.map((row) => [row.hostId, { ...row, nextNonce: row.written ? nonces.get(row.hostId) : undefined, state }]),
  );
}

async function answer(batch: readonly Waiting[], written: ReadonlyMap<string, WrittenBeat>): Promise<void> {
  const atOnce = Math.max(answering.fewest, Math.ceil(batch.length / answering.mostTurns));
  for (const [at, { beat, answered }] of batch.entries()) {
    if (at > 0 && at % atOnce === 0) await delay(answering.restMs);
    for (const each of answered) each.resolve(written.get(beat.hostId));
  }
}

const markOf = ({ stateGeneration, stateSequence }: BeatAnswer): Mark => ({
  generation: stateGeneration,
  sequence: BigInt(stateSequence),
});

/** What the beats tell beyond that their hosts live: that credentials were copied, that the database is an older one. */
async function judge(services: Services, sql: Sql, told: readonly { row: BeatAnswer; beat: Beat }[]): Promise<void> {
  const context = systemContext(services, new AbortController().signal);
  const clones = told.filter(({ row }) => !row.quarantined && row.instanceReturns >= returnsOfClones);
  await quarantineClones(
    sql,
    context,
    clones.map(({ row }) => row.hostId),
  );
  for (const { row, beat } of told) {
    const steps = stepsAhead(services.installation, beat.seen, markOf(row));
    if (steps > 0n) await noteAhead(sql, context, row.hostId, steps);
  }
}

/** Of a host whose reports are refused again and again, the audit hears once an hour. */
const tellAgainMs = 3_600_000;

/** Reports with a wrong proof change nothing, and are seen: somebody may hold the host's token and not its key. */
async function tellRefused(services: Services, sql: Sql, hosts: readonly BeatAnswer[]): Promise<void> {
  const hostIds = hosts.map(({ hostId }) => hostId);
  services.log.warn({ hosts: hostIds }, 'reports with a wrong signature or an old nonce were refused');
  await recordRefusedReports(sql, hostIds);
  await announce(sql, 'fleet', hostIds);
  const context = systemContext(services, new AbortController().signal);
  for (const { hostId, reportsRefusedAt, now } of hosts)
    if (!reportsRefusedAt || now.getTime() - reportsRefusedAt.getTime() > tellAgainMs)
      await recordHostAudit(sql, context, hostId, { action: 'host.reports_refused' });
}
