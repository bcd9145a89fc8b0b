import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { FleetHost, WatchFleetRequest, WatchFleetResponseSchema } from '#proto/muster/v1/fleet_pb.js';
import type { Context } from '../context.ts';
import { watchChanges } from '../events/index.ts';
import { visibilityOf } from '../hosts/index.ts';
import { summaryId } from './live/changes.ts';
import type { LiveFleet } from './live/live.ts';
import type { Rendered, Renderer } from './render.ts';
import { scopeOf, type Scope } from './scope.ts';

type Event = MessageInitShape<typeof WatchFleetResponseSchema>;

/** The fleet as the caller may see it, now (or since an earlier stream ended) and as it changes. */
export async function* watchFleet(
  context: Context,
  live: LiveFleet,
  render: Renderer,
  request: WatchFleetRequest,
): AsyncGenerator<Event> {
  const scope = scopeOf(context.caller, request);
  const most = request.hostsPerMessage || Number.MAX_SAFE_INTEGER;
  const seesAll = visibilityOf(context.caller).all;
  const following = live.follow();
  try {
    let mark = markIn(request.resumeToken, scope);
    let told: Rendered | undefined;
    for await (const signal of watchChanges(following.changes, ['fleet'], context.signal)) {
      if (signal.kind === 'keep_alive') {
        const value = { at: timestampFromMs(context.clock.now()) };
        yield { event: { case: 'keepAlive', value }, resumeToken: tokenOf(mark, scope) };
        continue;
      }
      await following.view();
      // Both at once, and before the view: what changes from here on is of the next round, even if this one shows it already.
      const ids = mark === undefined ? undefined : following.since(mark);
      mark = following.mark();
      const now = render(await following.view(), scope);
      const token = tokenOf(mark, scope);
      yield* ids && mayTell(ids, told, now, seesAll)
        ? changesOf(told, now, ids, most, token)
        : snapshotOf(now, most, token);
      told = now;
    }
  } finally {
    following.end();
  }
}

/** Who sees only a part must not learn of hosts of others that are gone; what such a caller was shown is not known any more. */
const mayTell = (ids: readonly string[], told: Rendered | undefined, now: Rendered, seesAll: boolean): boolean =>
  told !== undefined || seesAll || ids.every((id) => id === summaryId || now.has(id));

/** A token is of what was asked for, by somebody who may see as much. */
const scopeMark = ({ key }: Scope): string => createHash('sha256').update(key).digest('hex').slice(0, 12);

const tokenOf = (mark: string | undefined, scope: Scope): string =>
  mark === undefined ? '' : `${mark}.${scopeMark(scope)}`;

/** Undefined where there is none, or one of something else. */
function markIn(token: string, scope: Scope): string | undefined {
  const end = token.lastIndexOf('.');
  return end > 0 && token.slice(end + 1) === scopeMark(scope) ? token.slice(0, end) : undefined;
}

async function* snapshotOf(now: Rendered, most: number, token: string): AsyncGenerator<Event> {
  const [first = [], ...others] = pieces(now.ids(), most);
  const { summary, at } = now;
  const value = { summary, hosts: hostsOf(now, first), at: timestampFromDate(at) };
  yield { event: { case: 'snapshot', value }, resumeToken: others.length === 0 ? token : '' };
  yield* furtherOf(now, others, token);
}

/** Nothing where the caller sees nothing of it, unless it is the first that they hear. */
async function* changesOf(
  told: Rendered | undefined,
  now: Rendered,
  ids: readonly string[],
  most: number,
  token: string,
): AsyncGenerator<Event> {
  const present = ids.filter((id) => now.has(id));
  // Of a host that the caller never saw, it does not learn that it is gone.
  const removed = ids.filter((id) => id !== summaryId && !now.has(id) && (told === undefined || told.has(id)));
  if (present.length === 0 && removed.length === 0 && told?.summaryKey === now.summaryKey) return;
  const [first = [], ...others] = pieces(present, most);
  yield { ...change(now, hostsOf(now, first), removed), resumeToken: others.length === 0 ? token : '' };
  yield* furtherOf(now, others, token);
}

/** Only after the last of them everything up to this moment was told. */
async function* furtherOf(now: Rendered, all: readonly (readonly string[])[], token: string): AsyncGenerator<Event> {
  for (const [at, piece] of all.entries()) {
    // Others are served in between: a large fleet is some hundred milliseconds of work.
    await setImmediate();
    yield { ...change(now, hostsOf(now, piece)), resumeToken: at === all.length - 1 ? token : '' };
  }
}

const change = (now: Rendered, hosts: FleetHost[], removedHostIds: string[] = []): Event => ({
  event: { case: 'change', value: { summary: now.summary, hosts, removedHostIds, at: timestampFromDate(now.at) } },
});

const hostsOf = (now: Rendered, ids: readonly string[]): FleetHost[] => ids.flatMap((id) => now.host(id) ?? []);

/** The list in pieces of so many. */
const pieces = (ids: readonly string[], most: number): (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / most) }, (_, at) => ids.slice(at * most, (at + 1) * most));
