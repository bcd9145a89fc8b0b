import { createClient, type Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { CockpitService, type Cockpit, type WatchCockpitResponse } from '#proto/muster/v1/cockpit_pb.js';
import type { Feed, Followed } from '../live/follow.ts';
import { toMs } from '../live/server-time.ts';
import { useLive } from '../live/useLive.ts';

const cockpitFeed = (transport: Transport): Feed<WatchCockpitResponse, Cockpit> => ({
  key: 'cockpit',
  open: (signal) => createClient(CockpitService, transport).watchCockpit({}, { signal }),
  reduce: (state, { event }) => (event.case === 'cockpit' ? event.value : state),
  serverTimeMs: ({ event }) => (event.case === 'keepAlive' ? toMs(event.value.at) : undefined),
});

/** What changed in the active team since the user's last visit, live. */
export const useCockpit = (): Followed<Cockpit> => useLive(cockpitFeed(useTransport()));
