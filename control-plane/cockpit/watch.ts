import { setTimeout as pause } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { WatchCockpitResponseSchema } from '#proto/muster/v1/cockpit_pb.js';
import type { UserCaller } from '../access/index.ts';
import type { Context } from '../context.ts';
import { watchChanges } from '../events/index.ts';
import { gatherCockpit } from './gather.ts';
import { cockpitToProto } from './to-proto.ts';

type Event = MessageInitShape<typeof WatchCockpitResponseSchema>;

/** A fleet in which much goes on is not asked about at each step. */
const restMs = 1_000;

/** What changed since the caller's last visit, now and whenever it is something else. */
export async function* watchCockpit(context: Context, caller: UserCaller, teamId: string): AsyncGenerator<Event> {
  const { bus, signal, sql, clock } = context;
  const concerns = ({ topic, id }: { topic: string; id: string }) => topic !== 'visit' || id === caller.userId;
  let told = '';
  for await (const change of watchChanges(
    bus,
    ['sandbox', 'host', 'fleet', 'rights', 'credential', 'keyring', 'visit'],
    signal,
    concerns,
  )) {
    if (change.kind === 'keep_alive') {
      yield { event: { case: 'keepAlive', value: { at: timestampFromMs(clock.now()) } } };
      continue;
    }
    const cockpit = await gatherCockpit(sql, caller, teamId);
    const text = JSON.stringify(cockpit);
    if (text !== told) yield { event: { case: 'cockpit', value: cockpitToProto(cockpit) } };
    told = text;
    await pause(restMs, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
