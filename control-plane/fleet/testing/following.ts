import type { Client } from '@connectrpc/connect';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  FleetHost,
  FleetService,
  WatchFleetRequestSchema,
  WatchFleetResponse,
} from '#proto/muster/v1/fleet_pb.js';
import { expectEventually } from '../../testing/index.ts';

/** The fleet as an open page holds it. */
export interface Page {
  readonly hosts: Map<string, FleetHost>;
  sentence: string;
  readonly events: WatchFleetResponse['event'][];
  error: unknown;
}

/** Follows the fleet while the work is done. */
export async function whileFollowing(
  client: Client<typeof FleetService>,
  work: (page: Page) => Promise<void>,
  part: MessageInitShape<typeof WatchFleetRequestSchema> = {},
): Promise<void> {
  const watching = new AbortController();
  const { page, ended } = followFleet(client.watchFleet(part, { signal: watching.signal }));
  try {
    await expectEventually(() => page.events[0]?.case, 'snapshot');
    await work(page);
  } finally {
    watching.abort();
    await ended;
  }
}

/** Follows a stream as a page does: keeps what it holds up to date. */
function followFleet(stream: AsyncIterable<WatchFleetResponse>) {
  const page: Page = { hosts: new Map(), sentence: '', events: [], error: undefined };
  const follow = async () => {
    for await (const { event } of stream) {
      page.events.push(event);
      if (event.case === 'keepAlive' || event.case === undefined) continue;
      if (event.case === 'snapshot') page.hosts.clear();
      else for (const id of event.value.removedHostIds) page.hosts.delete(id);
      for (const host of event.value.hosts) page.hosts.set(host.hostId, host);
      page.sentence = event.value.summary?.sentence ?? '';
    }
  };
  const ended = follow().catch((error: unknown) => {
    page.error = error;
  });
  return { page, ended };
}
