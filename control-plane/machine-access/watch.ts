import type { MessageInitShape } from '@bufbuild/protobuf';
import type { WatchMachineAccessResponseSchema } from '#proto/muster/v1/machine_access_pb.js';
import type { Context } from '../context.ts';
import { watchChanges } from '../events/index.ts';
import { viewMachines } from './view.ts';

/** How far the machines are, now and whenever anything about access to them has changed. */
export async function* watchMachineAccess(
  context: Context,
): AsyncGenerator<MessageInitShape<typeof WatchMachineAccessResponseSchema>> {
  for await (const change of watchChanges(context.bus, ['machine_access'], context.signal)) {
    if (change.kind === 'keep_alive') yield { event: { case: 'keepAlive', value: {} } };
    else yield { event: { case: 'access', value: await viewMachines(context) } };
  }
}
