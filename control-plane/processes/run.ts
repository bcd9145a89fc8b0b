import type { MessageInitShape } from '@bufbuild/protobuf';
import type { RunRequest, RunResponse, RunResponseSchema } from '#proto/muster/v1/process_pb.js';
import type { Context } from '../context.ts';
import { hostUnreachable } from '../errors.ts';
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
  const { hostId, teamId } = await door.use(context, request.sandboxId, 'sandbox.run');
  await note(teamId);
  let ended = false;
  for await (const { event } of calls.stream(
    hostId,
    (client, options) => client.run({ run: request }, options),
    context.signal,
  )) {
    if (!event) continue;
    ended = event.event.case === 'exit';
    yield event;
  }
  if (!ended) throw hostUnreachable('The host did not tell how the command ended.');
}
