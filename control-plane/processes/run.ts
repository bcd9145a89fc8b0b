import type { MessageInitShape } from '@bufbuild/protobuf';
import type { RunRequest, RunResponse, RunResponseSchema } from '#proto/muster/v1/process_pb.js';
import type { Context } from '../context.ts';
import { hostUnreachable } from '../errors.ts';
import { HostRefusal } from '../hosts/index.ts';
import type { SandboxTarget } from '../sandboxes/index.ts';
import type { NoteAhead } from '../server/request-context.ts';
import type { ProcessParts } from './parts.ts';

/**
 * Runs a command and passes on what it does. Each message is taken from the host when the caller takes it, so a slow
 * reader slows the command down; when the caller goes, the call on the host is cancelled, and the command ends.
 */
export async function* runCommand(
  context: Context,
  { calls, door }: ProcessParts,
  request: RunRequest,
  note: NoteAhead,
): AsyncGenerator<RunResponse | MessageInitShape<typeof RunResponseSchema>> {
  const { sandboxId } = request;
  let last: RunResponse['event']['case'];
  const runOn = async function* ({ hostId }: SandboxTarget) {
    const events = calls.stream(hostId, (client, options) => client.run({ run: request }, options), context.signal);
    for await (const { event } of events) {
      if (!event) continue;
      last = event.event.case;
      yield event;
    }
  };
  const remembered = await door.useRemembered(context, sandboxId, 'sandbox.run');
  await note(remembered.teamId);
  try {
    yield* runOn(remembered);
  } catch (error) {
    // Nothing has run, and what was remembered may be the reason why.
    if (!(error instanceof HostRefusal) || last !== undefined) throw error;
    yield* runOn(await door.use(context, sandboxId, 'sandbox.run'));
  }
  if (last !== 'exit') throw hostUnreachable('The host did not tell how the command ended.');
}
