import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { WatchRolloutResponseSchema } from '#proto/muster/v1/rollout_pb.js';
import { reduceRollout, type LiveRollout } from './feed.ts';

const said = (hostName: string, text: string) =>
  create(WatchRolloutResponseSchema, { event: { case: 'log', value: { hostName, component: 'web', text } } });
type Init = NonNullable<Parameters<typeof create<typeof WatchRolloutResponseSchema>>[1]>;
const textOf = (state: LiveRollout | undefined) => state?.log.segments.map(({ text }) => text).join('');

test('a heading stands wherever another host speaks, on a line of its own', () => {
  const messages = [said('a', 'one\n'), said('a', 'two'), said('b', 'three\n')];
  const state = messages.reduce(reduceRollout, undefined);
  expect(textOf(state)).toBe('── a · web ──\none\ntwo\n── b · web ──\nthree\n');
});

test('the rollout replaces the one before and keeps the log', () => {
  const rollout = create(WatchRolloutResponseSchema, { event: { case: 'rollout', value: { sentence: 'Done.' } } });
  const state = [said('a', 'one\n'), rollout].reduce(reduceRollout, undefined);
  expect(state?.rollout?.sentence).toBe('Done.');
  expect(textOf(state)).toContain('one');
});

test('a change brings the new standing and the updates that have changed; the others stay', () => {
  const message = (event: Init['event']) => create(WatchRolloutResponseSchema, { event });
  const updates = [
    { hostId: 'h1', component: 'web', lastLine: 'before' },
    { hostId: 'h2', component: 'web', lastLine: 'before' },
  ];
  const state = [
    message({ case: 'rollout', value: { sentence: 'Begun.', updates } }),
    message({
      case: 'change',
      value: { rollout: { sentence: 'Done.' }, updates: [{ hostId: 'h2', component: 'web', lastLine: 'after' }] },
    }),
  ].reduce(reduceRollout, undefined as LiveRollout | undefined);
  expect(state?.rollout?.sentence).toBe('Done.');
  expect(state?.rollout?.updates.map(({ lastLine }) => lastLine)).toEqual(['before', 'after']);
});
