import type { MessageInitShape } from '@bufbuild/protobuf';
import type { RunRequestSchema } from '#proto/muster/v1/process_pb.js';
import type { Clients } from './clients.ts';

/** What a command wrote and how it ended. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
  readonly signal: string;
  readonly timedOut: boolean;
  readonly hostId: string;
}

/** Runs a command in a sandbox to its end. */
export async function run(
  clients: Pick<Clients, 'processes'>,
  request: MessageInitShape<typeof RunRequestSchema>,
  signal?: AbortSignal,
): Promise<RunResult> {
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  let hostId = '';
  for await (const { event } of clients.processes.run(request, signal ? { signal } : {})) {
    if (event.case === 'started') hostId = event.value.hostId;
    else if (event.case === 'stdout') stdout.push(event.value);
    else if (event.case === 'stderr') stderr.push(event.value);
    else if (event.case === 'exit') {
      const { code, signal: endedBy, timedOut } = event.value;
      return { stdout: text(stdout), stderr: text(stderr), code, signal: endedBy, timedOut, hostId };
    }
  }
  throw new Error('the stream ended without an exit');
}

/** Runs a line of shell. */
export const shell = (clients: Pick<Clients, 'processes'>, sandboxId: string, line: string): Promise<RunResult> =>
  run(clients, { sandboxId, argv: ['sh', '-c', line] });

const text = (chunks: Uint8Array[]): string => Buffer.concat(chunks).toString();
