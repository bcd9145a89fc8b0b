import { ProcessError, type ProcessView, type SandboxProcesses } from '../processes/index.ts';
import type { Sandbox } from './sandbox.ts';
import { SandboxError, type LogPart, type LogRequest, type SandboxLogs } from './types.ts';

/** So long all processes together may take to hand over what they wrote. */
const readingMs = 10_000;

/** What a sandbox and its processes wrote last. Looks only: nothing of it counts as activity. */
export async function readLogs(sandbox: Sandbox, { processId, tailBytes }: LogRequest): Promise<SandboxLogs> {
  const logs: SandboxLogs['logs'][number][] = [];
  if (processId === '') {
    const own = await sandbox.ownLog(tailBytes);
    const parts = own.bytes.length > 0 ? [{ stream: undefined, data: own.bytes }] : [];
    logs.push({ process: undefined, parts, omittedBytes: own.omitted });
  }
  const deadline = AbortSignal.timeout(readingMs);
  try {
    const processes = await sandbox.processes();
    const kept = (await processes.list(true)).filter(({ detached }) => detached);
    const asked = processId === '' ? kept : kept.filter(({ id }) => id === processId);
    if (asked.length === 0 && processId !== '')
      throw new ProcessError('no_process', 'There is no such process in this sandbox, or it ended long ago.', {
        field: 'process_id',
      });
    // One after the other: an init has only so many readers, and users need theirs.
    for (const process of asked) logs.push(await tailOf(processes, process, tailBytes, deadline));
    return { logs, missing: '' };
  } catch (error) {
    if (processId !== '') throw error;
    return { logs, missing: whyMissing(error, deadline) };
  }
}

function whyMissing(error: unknown, deadline: AbortSignal): string {
  if (deadline.aborted)
    return 'Its processes wrote so much, or it is so busy, that not all could be read: name one of them.';
  if (error instanceof SandboxError || error instanceof ProcessError)
    return `What processes wrote can be read only while the sandbox runs: ${error.message}`;
  throw error;
}

/** The last bytes of what it has written until now. What it writes meanwhile is left for the next time. */
async function tailOf(
  processes: SandboxProcesses,
  process: ProcessView,
  tailBytes: number,
  signal: AbortSignal,
): Promise<SandboxLogs['logs'][number]> {
  const end = process.outputOffset;
  const begin = Math.max(process.oldestOffset, end - tailBytes);
  let tail = { omittedBytes: begin, parts: [] as LogPart[] };
  if (begin >= end) return { process, ...tail };
  for await (const event of processes.attach(process.id, { offset: begin, hold: false }, signal)) {
    // What is dropped while this reads is gone from the beginning.
    if (event.type === 'gap') tail = { omittedBytes: event.to, parts: [] };
    if (event.type !== 'output') continue;
    if (event.offset < end) append(tail.parts, event.stream, event.data.subarray(0, end - event.offset));
    if (event.offset + event.data.length >= end) break;
  }
  return { process, ...tail };
}

function append(parts: LogPart[], stream: LogPart['stream'], data: Uint8Array): void {
  const last = parts.at(-1);
  if (last && last.stream === stream) parts.splice(-1, 1, { stream, data: Buffer.concat([last.data, data]) });
  else parts.push({ stream, data });
}
