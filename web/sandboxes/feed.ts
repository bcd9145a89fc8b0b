import { createClient, type Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { SandboxService, type Sandbox, type WatchSandboxesResponse } from '#proto/muster/v1/sandbox_pb.js';
import { withItem } from '../live/collection.ts';
import type { Feed, Followed } from '../live/follow.ts';
import { toMs } from '../live/server-time.ts';
import { useLive } from '../live/useLive.ts';

/** Sandboxes as their stream tells them. */
export interface LiveSandboxes {
  /** Newest first. Those that ended while the page was open are among them. */
  readonly sandboxes: readonly Sandbox[];
}

const newestFirst = (a: Sandbox, b: Sandbox): number =>
  (toMs(b.createdAt) ?? 0) - (toMs(a.createdAt) ?? 0) || a.id.localeCompare(b.id);

/** What the sandboxes are after a message of their stream. An older revision never replaces a newer one. */
export function reduceSandboxes(
  state: LiveSandboxes | undefined,
  { event }: WatchSandboxesResponse,
): LiveSandboxes | undefined {
  switch (event.case) {
    case 'snapshot':
      return { sandboxes: [...event.value.sandboxes].sort(newestFirst) };
    case 'changed': {
      const sandbox = event.value;
      const known = state?.sandboxes.find((candidate) => candidate.id === sandbox.id);
      if (state === undefined || (known !== undefined && known.revision > sandbox.revision)) return state;
      return { sandboxes: withItem(state.sandboxes, sandbox, ({ id }) => id, newestFirst) };
    }
    default:
      return state;
  }
}

const sandboxesFeed = (transport: Transport, sandboxId: string): Feed<WatchSandboxesResponse, LiveSandboxes> => ({
  key: `sandboxes:${sandboxId}`,
  open: (signal) => createClient(SandboxService, transport).watchSandboxes({ sandboxId }, { signal }),
  reduce: reduceSandboxes,
  serverTimeMs: ({ event }) => (event.case === 'keepAlive' ? toMs(event.value.at) : undefined),
});

/** The active team's sandboxes, live; only one where its id is given. */
export const useSandboxes = (sandboxId = ''): Followed<LiveSandboxes> =>
  useLive(sandboxesFeed(useTransport(), sandboxId));
