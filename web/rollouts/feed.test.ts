import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { WatchRolloutResponseSchema } from '#proto/muster/v1/rollout_pb.js';
import { reduceRollout, type LiveRollout } from './feed.ts';

const said = (hostName: string, text: string) =>
  create(WatchRolloutResponseSchema, { event: { case: 'log', value: { hostName, component: 'web', text } } });
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
