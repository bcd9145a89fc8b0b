import { setImmediate } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { FleetHost, WatchFleetRequest, WatchFleetResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import type { Context } from '../context.ts';
import { watchChanges } from '../events/index.ts';
import type { LiveFleet } from './live/live.ts';
import type { Rendered, Renderer } from './render.ts';
import { scopeOf } from './scope.ts';

type Event = MessageInitShape<typeof WatchFleetResponseSchema>;

/** The fleet as the caller may see it, now and as it changes. */
export async function* watchFleet(
  context: Context,
  live: LiveFleet,
  render: Renderer,
  request: WatchFleetRequest,
): AsyncGenerator<Event> {
  const scope = scopeOf(context.caller, request);
  const most = request.hostsPerMessage || Number.MAX_SAFE_INTEGER;
  const following = live.follow();
  try {
    let told: Rendered | undefined;
    for await (const signal of watchChanges(following.changes, ['fleet'], context.signal)) {
      if (signal.kind === 'keep_alive') {
        yield { event: { case: 'keepAlive', value: { at: timestampFromMs(context.clock.now()) } } };
        continue;
      }
      const now = render(await following.view(), scope);
      yield* told && signal.kind === 'changed' ? changesOf(told, now, signal.ids, most) : snapshotOf(now, most);
      told = now;
    }
  } finally {
    following.end();
  }
}

async function* snapshotOf(now: Rendered, most: number): AsyncGenerator<Event> {
  const ids = now.ids();
  const { summary, at } = now;
  const value = { summary, hosts: hostsOf(now, ids.slice(0, most)), at: timestampFromDate(at) };
  yield { event: { case: 'snapshot', value } };
  yield* furtherOf(now, pieces(ids.slice(most), most));
}

/** Nothing where the caller sees nothing of it. */
async function* changesOf(told: Rendered, now: Rendered, ids: readonly string[], most: number): AsyncGenerator<Event> {
  const present = ids.filter((id) => now.has(id));
  // Of a host that the caller never saw, it does not learn that it is gone.
  const removed = ids.filter((id) => !now.has(id) && told.has(id));
  if (present.length === 0 && removed.length === 0 && told.summaryKey === now.summaryKey) return;
  const [first = [], ...others] = pieces(present, most);
  yield change(now, hostsOf(now, first), removed);
  yield* furtherOf(now, others);
}

async function* furtherOf(now: Rendered, all: readonly (readonly string[])[]): AsyncGenerator<Event> {
  for (const piece of all) {
    // Others are served in between: a large fleet is some hundred milliseconds of work.
    await setImmediate();
    yield change(now, hostsOf(now, piece));
  }
}

const change = (now: Rendered, hosts: FleetHost[], removedHostIds: string[] = []): Event => ({
  event: { case: 'change', value: { summary: now.summary, hosts, removedHostIds, at: timestampFromDate(now.at) } },
});

const hostsOf = (now: Rendered, ids: readonly string[]): FleetHost[] => ids.flatMap((id) => now.host(id) ?? []);

/** The list in pieces of so many. */
const pieces = (ids: readonly string[], most: number): (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / most) }, (_, at) => ids.slice(at * most, (at + 1) * most));
