import { useInfiniteQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { ApiKeyService } from '#proto/muster/v1/api_key_pb.js';

/** Keys have no stream: while their page is open it asks this often. */
const refetchInterval = 5_000;

/** The keys of a team, or of the installation where there is none. */
export function useKeys(teamId: string, includeEnded: boolean) {
  const found = useInfiniteQuery(
    ApiKeyService.method.listApiKeys,
    { teamId, includeEnded, pageSize: 500, pageToken: '' },
    {
      pageParamKey: 'pageToken',
      getNextPageParam: (page) => page.nextPageToken || undefined,
      placeholderData: keepPreviousData,
      refetchInterval,
    },
  );
  return { ...found, keys: found.data?.pages.flatMap((page) => page.keys) };
}
