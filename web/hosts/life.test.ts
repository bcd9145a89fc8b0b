import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { HostEventKind, HostEventSchema } from '#proto/muster/v1/host_pb.js';
import { lifeSentence, spellsOf } from './life.ts';

const event = (kind: HostEventKind, minute: number, lastSeenMinute?: number) =>
  create(HostEventSchema, {
    kind,
    at: timestampFromMs(minute * 60_000),
    ...(lastSeenMinute !== undefined && { lastSeenAt: timestampFromMs(lastSeenMinute * 60_000) }),
  });
const read = (events: ReturnType<typeof event>[], { silentNow = false, joined = 0, from = 0, now = 100 } = {}) => {
  const life = { events: events.toReversed(), silentNow, joinedMs: joined * 60_000 };
  const spells = spellsOf({ ...life, fromMs: from * 60_000, nowMs: now * 60_000 });
  const words = spells.map(
    ({ silent, fromMs, toMs }) => `${silent ? 'silent' : 'there'} ${fromMs / 60_000}–${toMs / 60_000}`,
  );
  return { words, sentence: lifeSentence(spells) };
};
const { JOINED, UNREACHABLE, ONLINE, AGENT_STARTED } = HostEventKind;

test('silence begins with the last sign of life and ends with the next one', () => {
  const { words, sentence } = read([event(JOINED, 10), event(UNREACHABLE, 42, 40), event(ONLINE, 50)], { joined: 10 });
  expect(words).toEqual(['there 10–40', 'silent 40–50', 'there 50–100']);
  expect(sentence).toBe('It was there 88.8 % of this time, and silent once, for 10 min.');
});

test('what lasts is told up to now, and what began before, from the beginning', () => {
  expect(read([event(UNREACHABLE, 92, 90)], { silentNow: true }).words).toEqual(['there 0–90', 'silent 90–100']);
  expect(read([event(ONLINE, 30)], { from: 20 }).words).toEqual(['silent 20–30', 'there 30–100']);
  expect(read([event(UNREACHABLE, 5, 4), event(ONLINE, 10)], { from: 20 }).words).toEqual(['there 20–100']);
});

test('a host of before this was kept, one that only its agent left, and one of which nothing is known', () => {
  expect(read([], { joined: 60 }).words).toEqual(['there 60–100']);
  expect(read([event(AGENT_STARTED, 70)])).toEqual({
    words: ['there 0–100'],
    sentence: 'It was never silent in this time.',
  });
  expect(read([], { joined: 100 }).sentence).toBe('Nothing is known of it in this time.');
});

test('a machine that joins anew was silent before, where it was', () => {
  const { words } = read([event(JOINED, 0), event(UNREACHABLE, 20, 18), event(JOINED, 60)]);
  expect(words).toEqual(['there 0–18', 'silent 18–60', 'there 60–100']);
  expect(read([event(JOINED, 0), event(JOINED, 60)]).sentence).toBe('It was never silent in this time.');
});
