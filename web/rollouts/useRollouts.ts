import { useInfiniteQuery } from '@connectrpc/connect-query';
import { RolloutService } from '#proto/muster/v1/rollout_pb.js';

/** There is no stream of all rollouts; while somebody looks they are asked for so often. */
const everyMs = 3000;

/** Rollouts, newest first, page by page. */
export const useRollouts = (repository: string) =>
  useInfiniteQuery(
    RolloutService.method.listRollouts,
    { repository, pageSize: 100, pageToken: '' },
    {
      pageParamKey: 'pageToken',
      getNextPageParam: (page) => page.nextPageToken || undefined,
      refetchInterval: everyMs,
    },
  );
