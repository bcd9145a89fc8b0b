import type { Message } from '@bufbuild/protobuf';
import type { Interceptor } from '@connectrpc/connect';
import { unlessAborted } from './cancellation.ts';

type Request = Parameters<ReturnType<Interceptor>>[0];

/** What a call asks for: the message of a unary call, the first one of a stream. */
export interface Asked {
  /** As far as it was taken. */
  readonly seen: () => Message | undefined;
  /** Takes it where nobody has yet; undefined where it does not come in that time. */
  first(withinMs: number): Promise<Message | undefined>;
  /** The request as the handler gets it. */
  readonly request: Request;
}

/** Looks at what the caller sends on its way to the handler. */
export function askedIn(request: Request): Asked {
  if (!request.stream) {
    const { message } = request;
    return { seen: () => message, first: async () => message, request };
  }
  const messages: AsyncIterator<Message> = request.message[Symbol.asyncIterator]();
  let first: Message | undefined;
  let taking: Promise<IteratorResult<Message>> | undefined;
  const take = () =>
    (taking ??= messages.next().then((taken) => {
      if (!taken.done) first = taken.value;
      return taken;
    }));
  async function* noted(): AsyncGenerator<Message> {
    try {
      const taken = await take();
      if (taken.done) return;
      yield taken.value;
      yield* { [Symbol.asyncIterator]: () => messages };
    } finally {
      await messages.return?.();
    }
  }
  return {
    seen: () => first,
    async first(withinMs) {
      await unlessAborted(AbortSignal.timeout(withinMs), take()).catch(() => undefined);
      return first;
    },
    request: { ...request, message: noted() },
  };
}
