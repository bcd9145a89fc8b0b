import { useInfiniteQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { TesterService } from '#proto/muster/v1/tester_pb.js';
import { useTesterNews, withNews } from './feed.ts';
import { stateWords, type TestersSearch } from './filter.ts';

/** While testers come in by the thousand, the list is asked for so often at most. */
const againAfterMs = 1_500;

/** Testers by name, page by page, live: rows change as they are told of, and the list is asked for anew for what else did. */
export function useTesters({ q = '', state }: TestersSearch) {
  const list = useInfiniteQuery(
    TesterService.method.listTesters,
    { search: q, state: state && stateWords[state], pageSize: 100, pageToken: '' },
    {
      pageParamKey: 'pageToken',
      getNextPageParam: (page) => page.nextPageToken || undefined,
      placeholderData: keepPreviousData,
    },
  );
  const { phase, state: news } = useTesterNews();
  const { refetch } = list;
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const count = news?.count ?? 0;
  useEffect(() => {
    if (count === 0) return;
    waiting.current ??= setTimeout(() => {
      waiting.current = undefined;
      void refetch();
    }, againAfterMs);
  }, [count, refetch]);
  useEffect(
    () => () => {
      clearTimeout(waiting.current);
      waiting.current = undefined;
    },
    [],
  );
  const pages = list.data?.pages;
  return {
    list,
    phase,
    testers:
      pages &&
      withNews(
        pages.flatMap(({ testers }) => testers),
        news,
      ),
    counts: pages?.[0]?.counts,
  };
}
