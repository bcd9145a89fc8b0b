import type { AttachProcessRequest, AttachProcessResponse } from '#proto/muster/v1/process_pb.js';
import type { Context } from '../context.ts';
import { hostUnreachable } from '../errors.ts';
import type { ProcessParts } from './parts.ts';

/** Passes on what a process writes, as fast as the caller takes it. When the caller goes, the process goes on. */
export async function* attachProcess(
  context: Context,
  { calls, door }: ProcessParts,
  request: AttachProcessRequest,
): AsyncGenerator<AttachProcessResponse> {
  const { hostId } = await door.use(context, request.sandboxId, 'sandbox.run');
  let ended = false;
  for await (const { event } of calls.stream(
    hostId,
    (client, options) => client.attachProcess({ attach: request }, options),
    context.signal,
  )) {
    if (!event) continue;
    ended = event.event.case === 'exit';
    yield event;
  }
  if (!ended) throw hostUnreachable('The connection to the host was lost. Attach again from the offset that you have.');
}
