import { type InitLink, outputWindow } from '../init/index.ts';
import { AnswerReader } from './entry.ts';
import { FileError, failureOf } from './failures.ts';
import { encodeRequest, type FileRequest } from './request.ts';
import { FileStream } from './stream.ts';

/** A deed that has begun. */
export interface Begun {
  readonly stream: FileStream;
  readonly answer: AnswerReader;
  /** Waits for its end. Throws a FileError where it was refused. */
  readonly finish: () => Promise<void>;
}

/**
 * Begins a deed, works with it, and sees to it that nothing of it is left: whatever ends the work, and the signal, kill
 * it. A kill takes effect even where it hangs in the kernel, only later; nobody waits for that.
 */
export async function withDeed<Result>(
  link: InitLink,
  request: FileRequest,
  signal: AbortSignal | undefined,
  work: (begun: Begun) => Promise<Result>,
): Promise<Result> {
  const begun = begin(link, request, signal);
  try {
    return await work(begun.begun);
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    begun.end();
  }
}

/** The same for what is taken bit by bit. */
export async function* throughDeed<Item>(
  link: InitLink,
  request: FileRequest,
  signal: AbortSignal | undefined,
  work: (begun: Begun) => AsyncGenerator<Item>,
): AsyncGenerator<Item> {
  const begun = begin(link, request, signal);
  try {
    yield* work(begun.begun);
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    begun.end();
  }
}

function begin(link: InitLink, request: FileRequest, signal: AbortSignal | undefined) {
  signal?.throwIfAborted();
  const body = encodeRequest(request, outputWindow);
  if (!body) throw new FileError('bad_path');
  const stream = link.open(body, (send) => new FileStream(send));
  const kill = () => {
    stream.reset();
    stream.letGo(signal?.reason);
  };
  signal?.addEventListener('abort', kill, { once: true });
  const answer = new AnswerReader(() => stream.next());
  return {
    begun: {
      stream,
      answer,
      async finish() {
        const closed = await stream.closed;
        const offset = closed.code === 0 ? undefined : await answer.u64();
        const failure = failureOf(closed, offset);
        if (failure) throw failure;
      },
    },
    end() {
      signal?.removeEventListener('abort', kill);
      stream.reset();
    },
  };
}
