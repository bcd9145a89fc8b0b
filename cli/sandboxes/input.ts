import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '../session/session.ts';

/** The contract's limit for what goes along with the start of a command. */
const mostAtOnce = 1024 * 1024;
/** So long a command's start waits for input that is there already to be read. */
const patienceMs = 30;

/** What is piped into us. */
export interface PipedInput {
  /** What was there at once. */
  readonly first: Uint8Array;
  /** The rest, while there may be one. */
  readonly rest: AsyncGenerator<Uint8Array> | undefined;
}

/** Reads what is there at once: short input goes along with the command, and long or slow input follows it. */
export async function readPipedInput({ stdin }: Session): Promise<PipedInput> {
  const chunks: Uint8Array[] = [];
  const reading = stdin[Symbol.asyncIterator]();
  const over = new AbortController();
  const late = delay(patienceMs, undefined, { signal: over.signal }).catch(() => undefined);
  let size = 0;
  let next = reading.next();
  try {
    for (;;) {
      const read = await Promise.race([next, late]);
      const first = Buffer.concat(chunks);
      if (!read) return { first, rest: withFirst(next, reading) };
      if (read.done) return { first, rest: undefined };
      size += read.value.byteLength;
      if (size > mostAtOnce) return { first, rest: withFirst(Promise.resolve(read), reading) };
      chunks.push(read.value);
      next = reading.next();
    }
  } finally {
    over.abort();
  }
}

/** An iterator whose first answer was asked for already. */
async function* withFirst(
  first: Promise<IteratorResult<Uint8Array>>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (let read = await first; !read.done; read = await rest.next()) yield read.value;
}
