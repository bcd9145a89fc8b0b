import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { WatchFleetResponseSchema } from '#proto/muster/v1/fleet_pb.js';
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
  repository: string,
): AsyncGenerator<Event> {
  const scope = scopeOf(context.caller, repository);
  const following = live.follow();
  try {
    let told: Rendered | undefined;
    for await (const signal of watchChanges(following.changes, ['fleet'], context.signal)) {
      if (signal.kind === 'keep_alive') {
        yield { event: { case: 'keepAlive', value: { at: timestampFromMs(context.clock.now()) } } };
        continue;
      }
      const now = render(await following.view(), scope);
      if (!told || signal.kind === 'snapshot') yield { event: { case: 'snapshot', value: now.whole() } };
      else {
        const change = changeOf(told, now, signal.ids);
        if (change) yield change;
      }
      told = now;
    }
  } finally {
    following.end();
  }
}

/** Undefined where the caller sees nothing of it. */
function changeOf(told: Rendered, now: Rendered, ids: readonly string[]): Event | undefined {
  const hosts = ids.flatMap((id) => now.host(id) ?? []);
  // Of a host that the caller never saw, it does not learn that it is gone.
  const removedHostIds = ids.filter((id) => !now.has(id) && told.has(id));
  if (hosts.length === 0 && removedHostIds.length === 0 && told.summaryKey === now.summaryKey) return undefined;
  return {
    event: { case: 'change', value: { summary: now.summary, hosts, removedHostIds, at: timestampFromDate(now.at) } },
  };
}
