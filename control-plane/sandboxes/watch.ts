import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { WatchSandboxesResponseSchema } from '#proto/muster/v1/sandbox_pb.js';
import type { Context } from '../context.ts';
import { boundHostOf } from '../access/index.ts';
import { watchChanges } from '../events/index.ts';
import { endStates, observedStates } from './sandbox.ts';
import { findSandboxes, listSandboxes } from './store.ts';
import { sandboxToProto } from './view.ts';

type Event = MessageInitShape<typeof WatchSandboxesResponseSchema>;

export const liveStates = observedStates.filter((state) => !(endStates as readonly string[]).includes(state));

/** A team's sandboxes (or one of them), now and as they change. Each answer is read anew: the database is the truth. */
export async function* watchSandboxes(
  context: Context,
  { teamId, sandboxId }: { teamId: string; sandboxId: string },
): AsyncGenerator<Event> {
  const { sql, bus, signal, caller } = context;
  const hostId = boundHostOf(caller) ?? '';
  const mine = async (ids: readonly string[]) =>
    (await findSandboxes(sql, ids)).filter(
      (sandbox) => sandbox.teamId === teamId && (hostId === '' || sandbox.hostId === hostId),
    );
  const concerns = ({ id }: { id: string }) => sandboxId === '' || id === sandboxId;
  for await (const change of watchChanges(bus, ['sandbox'], signal, concerns)) {
    switch (change.kind) {
      case 'snapshot': {
        const all = { teamId, observed: liveStates, hostId, metadata: {}, after: undefined, limit: 100_000 };
        const sandboxes = sandboxId === '' ? await listSandboxes(sql, all) : await mine([sandboxId]);
        yield {
          event: {
            case: 'snapshot',
            value: { sandboxes: sandboxes.map((sandbox) => sandboxToProto(sandbox, caller)) },
          },
        };
        break;
      }
      case 'changed':
        for (const sandbox of await mine(change.ids))
          yield { event: { case: 'changed', value: sandboxToProto(sandbox, caller) } };
        break;
      case 'keep_alive':
        yield { event: { case: 'keepAlive', value: { at: timestampFromMs(context.clock.now()) } } };
    }
  }
}
