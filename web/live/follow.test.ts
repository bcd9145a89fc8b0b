import { Code, ConnectError } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { follow, type Feed, type Followed } from './follow.ts';

type Event = { snapshot: string[] } | { added: string } | 'keepAlive';
type Script = () => AsyncIterable<Event>;

const reduce: Feed<Event, string[]>['reduce'] = (state, event) => {
  if (event === 'keepAlive') return state;
  if ('snapshot' in event) return event.snapshot;
  return state && [...state, event.added];
};

/** Follows one scripted connection after the other, and answers every view that was shown. */
async function views(
  scripts: Script[],
  { isOver, resumes, ...options }: { silenceMs?: number; isOver?: (state: string[]) => boolean; resumes?: true } = {},
): Promise<Followed<string[]>[]> {
  const seen: Followed<string[]>[] = [];
  const stop = new AbortController();
  const rest = [...scripts];
  const open = () => rest.shift()!();
  await follow(
    { key: 'test', open, reduce, ...(isOver && { isOver }), ...(resumes && { resumes }) },
    {
      ...options,
      signal: stop.signal,
      onChange: (followed) => seen.push(followed),
      wait: async () => (rest.length === 0 ? stop.abort() : undefined),
    },
  );
  return seen;
}

async function* say(...events: Event[]) {
  yield* events;
}

async function* sayThenFail(error: unknown, ...events: Event[]) {
  yield* events;
  throw error;
}

test('a snapshot makes it live, and changes add to it', async () => {
  const seen = await views([() => say({ snapshot: ['a'] }, { added: 'b' })]);
  expect(seen.map((view) => [view.phase, view.state])).toEqual([
    ['live', ['a']],
    ['live', ['a', 'b']],
    ['broken', ['a', 'b']],
  ]);
});

test('a change without a snapshot on the same connection does not make a broken view live', async () => {
  const seen = await views([() => say({ snapshot: ['a'] }), () => say({ added: 'b' })]);
  expect(seen.at(-1)).toMatchObject({ phase: 'broken', state: ['a'] });
});

test('a stream that goes on where the last one broke is live with its first change', async () => {
  const seen = await views([() => say({ snapshot: ['a'] }), () => say({ added: 'b' })], { resumes: true });
  expect(seen.map((view) => [view.phase, view.state])).toEqual([
    ['live', ['a']],
    ['broken', ['a']],
    ['live', ['a', 'b']],
    ['broken', ['a', 'b']],
  ]);
});

test('a keep-alive changes nothing', async () => {
  const seen = await views([() => say({ snapshot: ['a'] }, 'keepAlive', 'keepAlive')]);
  expect(seen.map((view) => view.phase)).toEqual(['live', 'broken']);
});

test('a refusal is final and is not tried again', async () => {
  const refusal = new ConnectError('no', Code.PermissionDenied);
  const seen = await views([() => sayThenFail(refusal), () => say({ snapshot: [] })]);
  expect(seen).toMatchObject([{ phase: 'refused', error: refusal }]);
});

test('a stream that ends with a last state stays as it is, and is not opened again', async () => {
  const scripts: Script[] = [() => say({ snapshot: ['a'] }), () => say({ snapshot: ['a', 'end'] })];
  const seen = await views([...scripts, () => say({ snapshot: ['again'] })], {
    isOver: (state) => state.at(-1) === 'end',
  });
  expect(seen.map((view) => view.phase)).toEqual(['live', 'broken', 'live']);
});

test('a stream that falls silent is opened again', async () => {
  const silent: Script = async function* () {
    yield { snapshot: ['a'] };
    await new Promise((_, reject) => setTimeout(() => reject(new ConnectError('hung up', Code.Canceled)), 40));
  };
  const seen = await views([silent, () => say({ snapshot: ['b'] })], { silenceMs: 20 });
  expect(seen.map((view) => view.phase)).toEqual(['live', 'broken', 'live', 'broken']);
});
