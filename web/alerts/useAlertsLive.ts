import { createClient, type Transport } from '@connectrpc/connect';
import { createConnectQueryKey, useTransport } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { AlertService, type AlertOverview, type WatchAlertsResponse } from '#proto/muster/v1/alert_pb.js';
import type { Feed, Phase } from '../live/follow.ts';
import { toMs } from '../live/server-time.ts';
import { useLive } from '../live/useLive.ts';

const alertsFeed = (transport: Transport): Feed<WatchAlertsResponse, AlertOverview> => ({
  key: 'alerts',
  open: (signal) => createClient(AlertService, transport).watchAlerts({}, { signal }),
  reduce: (before, { event }) => (event.case === 'overview' ? event.value : before),
  serverTimeMs: ({ event }) => (event.case === undefined ? undefined : toMs(event.value.at)),
});

/** Asks for everything about alerts again whenever something of it has changed, and says whether that would be heard of. */
export function useAlertsLive(): Phase {
  const { phase, state } = useLive(alertsFeed(useTransport()));
  const queries = useQueryClient();
  const heard = useRef(state);
  useEffect(() => {
    if (heard.current === state) return;
    heard.current = state;
    void queries.invalidateQueries({
      queryKey: createConnectQueryKey({ schema: AlertService, cardinality: undefined }),
    });
  }, [queries, state]);
  return phase;
}
