import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { TesterSchema, WatchTesterResponseSchema, type WatchTesterResponse } from '#proto/muster/v1/tester_pb.js';
import { reduceTesters, withNews, type TesterNews } from './feed.ts';

const tester = (id: string, revision: bigint, name = id, email = `${id}@testers.example`) =>
  create(TesterSchema, { id, name, email, revision });
const told = (...events: WatchTesterResponse['event'][]) =>
  events.reduce<TesterNews | undefined>(
    (before, event) => reduceTesters(before, create(WatchTesterResponseSchema, { event })),
    undefined,
  );

test('a page shows what was told since it was read, never what is older, and nobody who is gone', () => {
  const news = told(
    { case: 'changed', value: tester('ada', 3n, 'Ada now') },
    { case: 'changed', value: tester('grace', 1n, 'Grace before') },
    { case: 'removed', value: 'mary' },
  );
  const page = [tester('ada', 2n), tester('grace', 2n), tester('mary', 1n), tester('new', 1n)];
  expect(withNews(page, news).map(({ name }) => name)).toEqual(['Ada now', 'grace', 'new']);
});

test('who is erased on the way out is known by the name before, and a keep-alive changes nothing', () => {
  const before = told(
    { case: 'changed', value: tester('kay', 1n, 'Kay') },
    { case: 'changed', value: tester('kay', 2n, 'Erased user', '') },
  );
  expect(before?.testers.get('kay')?.name).toBe('Kay');
  expect(reduceTesters(before, create(WatchTesterResponseSchema, { event: { case: 'keepAlive', value: {} } }))).toBe(
    before,
  );
});
