import { useInfiniteQuery, useQuery } from '@connectrpc/connect-query';
import { AlertService, AlertState, type DeliveryState } from '#proto/muster/v1/alert_pb.js';
import { useCaller } from '../session/useCaller.ts';

/**
 * On their own pages a stream tells when to ask again (useAlertsLive). Elsewhere only their number is shown, asked for this
 * often: one more stream on every page would be one too many on HTTP/1.1, where all tabs of a browser share six connections.
 */
const everywhereMs = 20_000;
/** When the rules looked last is no change. */
const lookedMs = 15_000;

/** What fires, or everything that ever did, newest first. */
export const useAlerts = (withOver: boolean) =>
  useInfiniteQuery(
    AlertService.method.listAlerts,
    { state: withOver ? AlertState.UNSPECIFIED : AlertState.FIRING, pageSize: 100, pageToken: '' },
    {
      pageParamKey: 'pageToken',
      getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
      refetchInterval: lookedMs,
      retry: false,
    },
  );

/** One alert with its machines. */
export const useAlert = (alertId: string) => useQuery(AlertService.method.getAlert, { alertId }, { retry: false });

export const useRules = () => useQuery(AlertService.method.listAlertRules, {}, { retry: false });

export const useChannels = () => useQuery(AlertService.method.listChannels, {}, { retry: false });

export const useDeliveries = (state: DeliveryState | undefined, channelId: string, alertId: string) =>
  useInfiniteQuery(
    AlertService.method.listDeliveries,
    { ...(state !== undefined && { state }), channelId, alertId, pageSize: 100, pageToken: '' },
    {
      pageParamKey: 'pageToken',
      getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
      retry: false,
    },
  );

/** How many alerts fire now; none for those who may not see them. */
export function useFiringCount(): number {
  const { platformAdmin: enabled } = useCaller();
  const { data } = useQuery(
    AlertService.method.listAlerts,
    { state: AlertState.FIRING, pageSize: 100 },
    { enabled, retry: false, refetchInterval: everywhereMs },
  );
  return data?.alerts.length ?? 0;
}
