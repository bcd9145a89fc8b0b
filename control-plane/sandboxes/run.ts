import type { MessageInitShape } from '@bufbuild/protobuf';
import type { RunRequest, RunResponse, RunResponseSchema } from '#proto/muster/v1/process_pb.js';
import { authorize } from '../access/index.ts';
import type { Context } from '../context.ts';
import { hostUnreachable } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import type { ActivityLog } from './activity.ts';
import { visibleTarget } from './find.ts';
import type { SandboxTarget } from './store.ts';
import { useSandbox } from './use.ts';

/** The sandbox, if the caller may run commands in it. */
export async function runnableBy(context: Context, sandboxId: string): Promise<SandboxTarget> {
  const sandbox = await visibleTarget(context, sandboxId);
  authorize(context.caller, 'sandbox.run', sandbox);
  return sandbox;
}

/**
 * Runs a command and passes on what it does. Each message is taken from the host when the caller takes it, so a slow
 * reader slows the command down; when the caller goes, the call on the host is cancelled, and the command ends.
 */
export async function* runCommand(
  context: Context,
  calls: HostCalls,
  activity: ActivityLog,
  request: RunRequest,
): AsyncGenerator<RunResponse | MessageInitShape<typeof RunResponseSchema>> {
  const sandbox = await runnableBy(context, request.sandboxId);
  await useSandbox(context, calls, activity, sandbox);
  let ended = false;
  for await (const { event } of calls.stream(
    sandbox.hostId,
    (client, options) => client.run({ run: request }, options),
    context.signal,
  )) {
    if (!event) continue;
    ended = event.event.case === 'exit';
    yield event;
  }
  if (!ended) throw hostUnreachable('The host did not tell how the command ended.');
}
