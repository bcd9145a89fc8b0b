import type { HandleProcessRequest, HandleProcessResponse } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import { hostUnreachable } from '../errors.ts';
import type { NoteAhead } from '../server/request-context.ts';
import type { ProcessParts } from './parts.ts';

type Request = HandleProcessRequest['request'];
type Kind = NonNullable<Request['case']>;
type RequestOf<Of extends Kind> = Extract<Request, { case: Of }>;
type AnswerOf<Of extends Kind> = Extract<HandleProcessResponse['response'], { case: Of }>['value'];

/** Longer than input waits for a process that does not read. */
const timeoutMs = 20_000;

/** Whether asking for it is a use of the sandbox: those wake a sandbox that sleeps, and are noted. */
const isUse: Record<Kind, boolean> = {
  startProcess: true,
  sendInput: true,
  closeInput: true,
  sendSignal: true,
  resizeTerminal: false,
  listProcesses: false,
};

/** Does one thing with the processes of a sandbox, on its host, once it is written down where it has to be. */
export async function handleProcess<Of extends Kind>(
  context: Context,
  { calls, door }: ProcessParts,
  request: RequestOf<Of>,
  note?: NoteAhead,
): Promise<AnswerOf<Of>> {
  const { case: kind, value } = request as Request & { case: Kind }; // a type parameter hides that it is one of them
  const { hostId, teamId } = await door[isUse[kind] ? 'use' : 'visit'](context, value.sandboxId, 'sandbox.run');
  await note?.(teamId);
  const { response } = await calls.call(
    hostId,
    timeoutMs,
    (client, options) => client.handleProcess({ request }, options),
    context.signal,
  );
  if (response.case !== kind) throw hostUnreachable('The host gave no answer that could be understood.');
  return response.value as AnswerOf<Of>; // its case is the request's
}
