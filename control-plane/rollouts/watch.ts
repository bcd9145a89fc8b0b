import { setTimeout as pause } from 'node:timers/promises';
import { create, equals, type MessageInitShape } from '@bufbuild/protobuf';
import {
  RolloutSchema,
  RolloutUpdateSchema,
  type Rollout as WireRollout,
  type WatchRolloutRequest,
  type WatchRolloutResponseSchema,
} from '#proto/muster/v1/rollout_pb.js';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { watchChanges } from '../events/index.ts';
import { findTail, readLog } from './command-store.ts';
import type { Rollout } from './rollout.ts';
import { findRollout, readUpdates } from './store.ts';
import { rolloutToProto } from './view.ts';

type Event = MessageInitShape<typeof WatchRolloutResponseSchema>;

const partsAtOnce = 200;
/** Reading a rollout on thousands of hosts takes no more than this part of the time, however often it changes. */
const share = 0.2;
const longestRestMs = 5_000;

/** A rollout now and as it changes, and what its commands write; each answer is read anew. Ends after the rollout has. */
export async function* watchRollout(context: Context, request: WatchRolloutRequest): AsyncGenerator<Event> {
  const { sql, bus, signal } = context;
  const { rolloutId: id, hostId, afterLog, logTail, changesOnly } = request;
  const log = { rolloutId: id, hostId };
  let after = String(afterLog);
  if (logTail > 0) {
    const tail = await findTail(sql, log, logTail);
    if (BigInt(tail) > afterLog) after = tail;
  }
  let told: WireRollout | undefined;
  for await (const change of watchChanges(bus, ['rollout'], signal, (one) => one.id === id)) {
    if (change.kind === 'keep_alive') {
      yield { event: { case: 'keepAlive', value: {} } };
      continue;
    }
    const rollout = await findRollout(sql, id);
    if (!rollout) throw notFound('rollout');
    for (;;) {
      const parts = await readLog(sql, log, after, partsAtOnce);
      for (const { sequence, ...part } of parts)
        yield { event: { case: 'log', value: { ...part, sequence: BigInt(sequence) } } };
      after = parts.at(-1)?.sequence ?? after;
      if (parts.length < partsAtOnce) break;
    }
    const beganMs = performance.now();
    const now = create(RolloutSchema, rolloutToProto(rollout, await readUpdates(sql, id)));
    const event: Event['event'] = told && changesOnly ? changeOf(told, now) : { case: 'rollout', value: now };
    const tookMs = performance.now() - beganMs;
    yield { event };
    told = now;
    if (isOver(rollout)) return;
    // What changes meanwhile is told together.
    await pause(Math.min(tookMs / share - tookMs, longestRestMs), undefined, { signal }).catch(() => undefined);
  }
}

/** What does not stand where it stood as it was. A host that is renamed may move others, which are then sent, too. */
const changeOf = (told: WireRollout, now: WireRollout): Event['event'] => ({
  case: 'change',
  value: {
    rollout: { ...now, updates: [] },
    updates: now.updates.filter((update, at) => {
      const before = told.updates[at];
      return before === undefined || !equals(RolloutUpdateSchema, before, update);
    }),
  },
});

const isOver = ({ state }: Rollout): boolean => state === 'succeeded' || state === 'failed' || state === 'aborted';
