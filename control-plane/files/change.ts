import type { MessageInitShape } from '@bufbuild/protobuf';
import type { HandleFileRequestSchema, HandleFileResponse } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import type { HostCalls } from '../hosts/index.ts';
import type { SandboxDoor } from '../sandboxes/index.ts';
import { recordFileChange, type FileChange } from './record.ts';

type Call = MessageInitShape<typeof HandleFileRequestSchema>['call'];

/** The agent gives up before; this is for one that does not answer. */
const handleTimeoutMs = 58_000;

/** What the feature works with. */
export interface FileParts {
  readonly calls: HostCalls;
  readonly door: SandboxDoor;
}

/** Asks the host of a sandbox for something that changes nothing. */
export async function lookAtFiles(
  context: Context,
  { calls, door }: FileParts,
  sandboxId: string,
  call: Call,
): Promise<HandleFileResponse> {
  const { hostId } = await door.visit(context, sandboxId, 'directory.read');
  return calls.call(hostId, handleTimeoutMs, (client, options) => client.handleFile({ call }, options), context.signal);
}

/** Asks the host of a sandbox for a change. */
export async function changeFiles(
  context: Context,
  { calls, door }: FileParts,
  sandboxId: string,
  change: FileChange,
  call: Call,
): Promise<HandleFileResponse> {
  const sandbox = await door.use(context, sandboxId, 'file.write');
  await recordFileChange(context, sandbox, change);
  return calls.call(
    sandbox.hostId,
    handleTimeoutMs,
    (client, options) => client.handleFile({ call }, options),
    context.signal,
  );
}
