import { useInfiniteQuery, useQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { GatewayService } from '#proto/muster/v1/gateway_pb.js';

/** Figures have no stream: while their page is open it asks this often. */
const refetchInterval = 3_000;

/** What was used of the gateway in a team, or, where it is empty, in all. */
export const useGatewayUsage = (teamId: string, days: number) =>
  useQuery(
    GatewayService.method.getGatewayUsage,
    { teamId, days },
    { placeholderData: keepPreviousData, refetchInterval },
  );

/** The tokens of a team, or of all. */
export function useGatewayTokens(teamId: string, includeEnded: boolean) {
  const found = useInfiniteQuery(
    GatewayService.method.listGatewayTokens,
    { teamId, includeEnded, pageSize: 500, pageToken: '' },
    {
      pageParamKey: 'pageToken',
      getNextPageParam: (page) => page.nextPageToken || undefined,
      placeholderData: keepPreviousData,
      refetchInterval,
    },
  );
  return { ...found, tokens: found.data?.pages.flatMap((page) => page.tokens) };
}
