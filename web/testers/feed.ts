import { createClient, type Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { TesterService, type Tester, type WatchTesterResponse } from '#proto/muster/v1/tester_pb.js';
import type { Feed, Followed } from '../live/follow.ts';
import { useLive } from '../live/useLive.ts';
import { toMs } from '../live/server-time.ts';

/** What a stream of testers has told. */
export interface TesterNews {
  /** The latest of each that was told of. */
  readonly testers: ReadonlyMap<string, Tester>;
  readonly removed: ReadonlySet<string>;
  /** Grows with everything that is told. */
  readonly count: number;
}

const none: TesterNews = { testers: new Map(), removed: new Set(), count: 0 };

/** What is known after a message of the stream. */
export function reduceTesters(before: TesterNews = none, { event }: WatchTesterResponse): TesterNews {
  switch (event.case) {
    case 'snapshot':
      return withTesters(before, event.value.testers);
    case 'changed':
      return withTesters(before, [event.value]);
    case 'removed':
      return { ...before, removed: new Set([...before.removed, event.value]), count: before.count + 1 };
    default:
      return before;
  }
}

function withTesters(before: TesterNews, told: readonly Tester[]): TesterNews {
  const testers = new Map(before.testers);
  for (const tester of told) {
    // Whose account is erased on the way out has no name any more: whoever looks on knows them by the one before.
    const name = tester.email === '' ? (testers.get(tester.id)?.name ?? tester.name) : tester.name;
    testers.set(tester.id, { ...tester, name });
  }
  return { ...before, testers, count: before.count + 1 };
}

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
