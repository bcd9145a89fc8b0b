import { createClient, type Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { TesterService, type Tester, type WatchTesterResponse } from '#proto/muster/v1/tester_pb.js';
import type { Feed, Followed } from '../live/follow.ts';
import { useLive } from '../live/useLive.ts';
import { toMs } from '../live/server-time.ts';

/** What a stream of testers has told lately. */
export interface TesterNews {
  /** The latest of each that was told of. */
  readonly testers: ReadonlyMap<string, Tester>;
  readonly removed: ReadonlySet<string>;
  /** Grows with everything that is told. */
  readonly count: number;
}

const none: TesterNews = { testers: new Map(), removed: new Set(), count: 0 };

/** So many are kept: thousands may come in at once, and the list is asked for anew soon after each. */
const mostKept = 200;

/** What is known after a message of the stream. */
export function reduceTesters(before: TesterNews = none, { event }: WatchTesterResponse): TesterNews {
  switch (event.case) {
    case 'snapshot':
      return event.value.testers.reduce(withTester, { ...before, count: before.count + 1 });
    case 'changed':
      return withTester(before, event.value);
    case 'removed':
      return { ...before, removed: new Set(latest([...before.removed, event.value])), count: before.count + 1 };
    default:
      return before;
  }
}

function withTester(before: TesterNews, tester: Tester): TesterNews {
  // Whose account is erased on the way out has no name any more: whoever looks on knows them by the one before.
  const name = tester.email === '' ? (before.testers.get(tester.id)?.name ?? tester.name) : tester.name;
  const others = [...before.testers].filter(([id]) => id !== tester.id);
  const testers = new Map(latest([...others, [tester.id, { ...tester, name }] as const]));
  return { ...before, testers, count: before.count + 1 };
}

const latest = <Item>(items: readonly Item[]): readonly Item[] => items.slice(-mostKept);

/** A page of the list as it is now: what was told since, without those who are gone. */
export const withNews = (page: readonly Tester[], news: TesterNews = none): Tester[] =>
  page
    .filter(({ id }) => !news.removed.has(id))
    .map((tester) => {
      const told = news.testers.get(tester.id);
      return told && told.revision > tester.revision ? told : tester;
    });

const testerFeed = (transport: Transport, testerId: string): Feed<WatchTesterResponse, TesterNews> => ({
  key: `testers ${testerId}`,
  open: (signal) => createClient(TesterService, transport).watchTester({ testerId }, { signal }),
  reduce: reduceTesters,
  serverTimeMs: ({ event }) => (event.case === 'keepAlive' ? toMs(event.value.at) : undefined),
  isOver: ({ removed }) => testerId !== '' && removed.has(testerId),
});

/** What changes of all testers. */
export const useTesterNews = (): Followed<TesterNews> => useLive(testerFeed(useTransport(), ''));

/** One tester, live. */
export const useTester = (testerId: string): Followed<TesterNews> => useLive(testerFeed(useTransport(), testerId));
