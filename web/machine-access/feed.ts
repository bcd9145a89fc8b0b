import { createClient, type Transport } from '@connectrpc/connect';
import { createConnectQueryKey, useTransport } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import {
  MachineAccessService,
  type MachineAccess,
  type WatchMachineAccessResponse,
} from '#proto/muster/v1/machine_access_pb.js';
import type { Feed, Followed } from '../live/follow.ts';
import { useLive } from '../live/useLive.ts';

const feed = (transport: Transport): Feed<WatchMachineAccessResponse, MachineAccess> => ({
  key: 'machine access',
  open: (signal) => createClient(MachineAccessService, transport).watchMachineAccess({}, { signal }),
  reduce: (before, { event }) => (event.case === 'access' ? event.value : before),
});

/** How far the machines are, live. What else the page knows of access to machines is asked for anew with each word. */
export function useMachineAccess(): Followed<MachineAccess> {
  const queries = useQueryClient();
  const followed = useLive(feed(useTransport()));
  useEffect(() => {
    const queryKey = createConnectQueryKey({ schema: MachineAccessService, cardinality: undefined });
    if (followed.state) void queries.invalidateQueries({ queryKey });
  }, [followed.state, queries]);
  return followed;
}
