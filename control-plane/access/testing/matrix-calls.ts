import {
  create,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type Message,
} from '@bufbuild/protobuf';
import { ConnectError, type Code, type Transport } from '@connectrpc/connect';
import { requests, type World } from '../matrix-requests.ts';

/** Of one call. A machine that is loaded stalls for half a minute. */
const patienceMs = 90_000;

/** As the tables of requests name a method. */
export function nameOf(method: DescMethod): string {
  return `${method.parent.name}.${method.name}`;
}

/** What a method is called with on the things of a world. */
export function requestOf(method: DescMethod, world: World): Message {
  const ids = Object.entries(world).filter(([field]) => method.input.field[field]?.fieldKind === 'scalar');
  const known = new Set([...method.input.fields, ...method.input.oneofs].map(({ localName }) => localName));
  const more = Object.entries(requests[nameOf(method)] ?? {}).filter(([name]) => known.has(name));
  return create(method.input, Object.fromEntries([...ids, ...more]));
}

/** The code of the error, or undefined for an answer, of a stream for the first message. */
export async function call(
  method: DescMethod,
  request: Message,
  headers: Readonly<Record<string, string>>,
  to: Transport,
): Promise<Code | undefined> {
  const leaving = new AbortController();
  try {
    if (method.methodKind === 'unary')
      await to.unary(method as DescMethodUnary, leaving.signal, patienceMs, { ...headers }, request);
    else {
      const inputs = (async function* () {
        yield request;
      })();
      const { message } = await to.stream(
        method as DescMethodStreaming,
        leaving.signal,
        patienceMs,
        { ...headers },
        inputs,
      );
      await message[Symbol.asyncIterator]().next();
    }
    return undefined;
  } catch (error) {
    return ConnectError.from(error).code;
  } finally {
    leaving.abort();
  }
}
