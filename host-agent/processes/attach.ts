import { constants } from 'node:os';
import { channel, encodeOutput, type InitLink, OutputStream, readerWindow } from '../init/index.ts';
import { exitOf } from './exit.ts';
import { keyOf } from './id.ts';
import { noProcess, type ProcessTable } from './table.ts';
import { type AttachEvent, ProcessError } from './types.ts';

/** Where a reader begins, and whether the process waits for it. */
export interface AttachSpec {
  /** The oldest output that is kept where undefined. */
  readonly offset: number | undefined;
  readonly hold: boolean;
}

/** Reads a process's output from an offset on, until its end. Whoever leaves the iteration, or aborts, disturbs nobody. */
export async function* attach(
  link: InitLink,
  table: ProcessTable,
  id: string,
  { offset, hold }: AttachSpec,
  signal?: AbortSignal,
): AsyncGenerator<AttachEvent> {
  signal?.throwIfAborted();
  const process = await table.view(id);
  // Between the list and this a part may have gone; that is said as a gap.
  const from = offset ?? process.oldestOffset;
  const stream = link.open(encodeOutput(keyOf(id), from, hold, readerWindow), (send) => new OutputStream(send, from));
  const leave = () => stream.leave();
  signal?.addEventListener('abort', leave, { once: true });
  try {
    for (;;) {
      const event = await nextOf(stream);
      signal?.throwIfAborted();
      if (event === undefined) return;
      if (event.type === 'opened') yield { type: 'attached', process };
      else if (event.type === 'gap') yield event;
      else if (event.type === 'output')
        yield {
          type: 'output',
          offset: event.offset,
          stream: event.channel === channel.out ? 'stdout' : 'stderr',
          data: event.bytes,
        };
      else if (event.result.notStarted) throw refusal(event.result.code, table, id);
      else yield { type: 'exit', exit: exitOf(event.result) };
    }
  } finally {
    signal?.removeEventListener('abort', leave);
    stream.leave();
  }
}

async function nextOf(stream: OutputStream) {
  try {
    return await stream.next();
  } catch (error) {
    const message = 'The sandbox ended, or the agent let go of it. Attach again from the offset that you have.';
    throw new ProcessError('lost', message, { cause: error });
  }
}

function refusal(errno: number, table: ProcessTable, id: string): ProcessError {
  if (errno === constants.errno.EINVAL)
    return new ProcessError('out_of_range', 'The process has not written that much yet.', { field: 'offset' });
  if (errno === constants.errno.EMFILE)
    return new ProcessError('limit', 'Too many readers are attached in this sandbox: 64 is the limit.');
  table.forget(id);
  return noProcess();
}
