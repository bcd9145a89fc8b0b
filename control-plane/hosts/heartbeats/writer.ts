import type { Services } from '../../context.ts';
import { announce } from '../../events/index.ts';
import type { Beat, BeatAnswer, ReportRecorder } from './heartbeat.ts';
import { recordHeartbeats } from './store.ts';

interface Waiting {
  beat: Beat;
  readonly answered: { resolve(answer: BeatAnswer | undefined): void; reject(error: unknown): void }[];
}

/** How many beats one statement writes at most. */
const batchSize = 1000;

/** Writes heartbeats in batches. */
export interface HeartbeatWriter {
  /** Answers what the database knew of the host; undefined where it knows none. */
  write(beat: Beat): Promise<BeatAnswer | undefined>;
}

/**
 * One statement at a time: what arrives while it runs goes into the next one, so that a beat waits for nobody when
 * there are few and is one row of many when there are many. Of two beats of one host in a batch the latest counts.
 */
export function heartbeatWriter(services: Services, recordReports: ReportRecorder): HeartbeatWriter {
  let waiting = new Map<string, Waiting>();
  let writing = false;

  const writeBatches = async () => {
    writing = true;
    while (waiting.size > 0) {
      const batch = [...waiting.values()].slice(0, batchSize);
      waiting = new Map([...waiting].slice(batchSize));
      await writeBatch(services, recordReports, batch);
    }
    writing = false;
  };

  return {
    write: (beat) =>
      new Promise((resolve, reject) => {
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

async function writeBatch(
  { pool, log }: Services,
  recordReports: ReportRecorder,
  batch: readonly Waiting[],
): Promise<void> {
  try {
    const beats = new Map(batch.map(({ beat }) => [beat.hostId, beat]));
    const answers = await pool.begin(async (sql) => {
      const rows = await recordHeartbeats(sql, [...beats.values()]);
      const written = rows.filter((row) => row.written).map(({ hostId }) => hostId);
      const differing = rows.filter(({ digestChanged }) => digestChanged).map(({ hostId }) => hostId);
      await recordReports(
        sql,
        written.map((hostId) => ({ hostId, reports: beats.get(hostId)?.reports ?? [] })),
      );
      await Promise.all([announce(sql, 'host', written), announce(sql, 'inventory', differing)]);
      return rows;
    });
    const byHost = new Map(answers.map((answer) => [answer.hostId, answer]));
    for (const { beat, answered } of batch) for (const each of answered) each.resolve(byHost.get(beat.hostId));
  } catch (error) {
    log.debug({ err: error, hosts: batch.length }, 'a batch of heartbeats could not be written');
    for (const { answered } of batch) for (const each of answered) each.reject(error);
  }
}
