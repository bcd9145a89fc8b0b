import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { ObservedState, WatchSandboxesResponseSchema } from '#proto/muster/v1/sandbox_pb.js';
import { reduceSandboxes, type LiveSandboxes } from './feed.ts';

type Init = NonNullable<Parameters<typeof create<typeof WatchSandboxesResponseSchema>>[1]>;
const after = (...events: Init['event'][]): LiveSandboxes | undefined =>
  events
    .map((event) => create(WatchSandboxesResponseSchema, { event }))
    .reduce(reduceSandboxes, undefined as LiveSandboxes | undefined);

const sandbox = (id: string, createdMs: number, revision: bigint, observed = ObservedState.RUNNING) => ({
  id,
  revision,
  observed,
  createdAt: timestampFromMs(createdMs),
});
const changed = (value: ReturnType<typeof sandbox>) => ({ case: 'changed', value }) as const;
const snapshot: Init['event'] = {
  case: 'snapshot',
  value: { sandboxes: [sandbox('old', 1000, 5n), sandbox('new', 2000, 5n)] },
};
const ids = (state: LiveSandboxes | undefined) => state?.sandboxes.map(({ id }) => id);

test('the newest stands first, also when it comes later', () => {
  expect(ids(after(snapshot, changed(sandbox('newest', 3000, 1n))))).toEqual(['newest', 'new', 'old']);
});

test('an older revision never replaces a newer one', () => {
  const state = after(snapshot, changed(sandbox('new', 2000, 4n, ObservedState.PAUSED)));
  expect(state?.sandboxes[0]?.observed).toBe(ObservedState.RUNNING);
});

test('a snapshot drops what it does not hold', () => {
  expect(ids(after(snapshot, { case: 'snapshot', value: { sandboxes: [sandbox('old', 1000, 5n)] } }))).toEqual(['old']);
});
