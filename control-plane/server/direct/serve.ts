import { setImmediate as nextTurn } from 'node:timers/promises';
import { create, fromBinary, toBinary, type DescMessage, type Message } from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ConnectRouterOptions,
  type ContextValues,
  type Interceptor,
} from '@connectrpc/connect';
import { invalidField } from '../../errors.ts';
import { headerOf, type NodeRequest, type NodeResponse } from '../http-types.ts';
import { toWireError } from '../wire-errors.ts';
import type { ServerStreaming, Unary } from './answerable.ts';
import { answerOnce, answerRefusal, answerStream } from './answers.ts';
import { onlyMessage, readBody } from './body.ts';
import { DirectContext } from './context.ts';

/** What every call goes through. */
export interface DirectDoor {
  readonly gate: NonNullable<ConnectRouterOptions['requestGate']>;
  /** Around each call. */
  readonly around: readonly Interceptor[];
  /** What is done with its request, and may refuse it, inside of that. */
  readonly checks: readonly Interceptor[];
  readonly readMaxBytes: number;
}

/** One call as it came. */
export interface DirectCall {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly values: ContextValues;
  readonly requestId: string;
}

type Handler = ReturnType<Interceptor>;
type Request = Parameters<Handler>[0];
type Response = Awaited<ReturnType<Handler>>;

/**
 * Answers a call in the Connect protocol, through the same door as every other. The library does that in layers of
 * iterators, which took more of the control plane's processor time than all else it does for a short command.
 */
export async function serveDirectly(
  door: DirectDoor,
  spec: Unary | ServerStreaming,
  { request, response, values, requestId }: DirectCall,
): Promise<void> {
  const context = new DirectContext(spec.method, request, response, values);
  const asWire = (error: unknown) =>
    error instanceof ConnectError && error.details.length > 0 ? error : toWireError(error, requestId);
  try {
    const asking = isSmall(request) ? readAsked(door, spec, context, request) : undefined;
    // A caller who is refused is told that, whatever they have asked.
    asking?.catch(() => {});
    await door.gate(context);
    const { message, problem } = await (asking ?? readAsked(door, spec, context, request));
    const handle = within(door.around, async (asked) => {
      if (problem) throw problem.error;
      return call(spec, asked, context);
    });
    const answer = await handle(requestOf(spec, context, message));
    const type = spec.method.output;
    if (answer.stream) await answerStream(response, context, written(type, answer.message), asWire);
    else await answerOnce(response, context, toBinary(type, answer.message), request);
  } catch (error) {
    answerRefusal(response, context, spec.kind, asWire(error));
  } finally {
    context.over();
  }
}

/** What is asked, and what is wrong with it. */
interface Asked {
  readonly message: Message;
  readonly problem: { readonly error: unknown } | undefined;
}

/** Short enough to be read and checked while the database tells who calls. */
const smallBytes = 16 * 1024;
const isSmall = (request: NodeRequest) => Number(headerOf(request, 'content-length') ?? Infinity) <= smallBytes;

/** Throws only where there is nothing that could be checked. */
async function readAsked(
  { checks, readMaxBytes }: DirectDoor,
  { kind, method }: Unary | ServerStreaming,
  { url, signal, requestMethod, values: contextValues, requestHeader: header }: DirectContext,
  request: NodeRequest,
): Promise<Asked> {
  const body = await readBody(request, readMaxBytes);
  // The driver sends what it is asked at the end of a turn: whose call it is, before this here takes its time.
  await nextTurn();
  const message = read(method.input, kind === 'unary' ? body : onlyMessage(body, readMaxBytes));
  const common = { service: method.parent, method, requestMethod, url, signal, header, contextValues };
  // A stream of one message is checked as that message: what would be checked when it is taken is known before.
  const check = within(checks, async (asked) => asked as unknown as Response); // which nobody looks at
  try {
    await check({ ...common, stream: false, message } as Request);
    return { message, problem: undefined };
  } catch (error) {
    return { message, problem: { error } };
  }
}

/** The handler inside of its interceptors, the first of them outermost. */
const within = (interceptors: readonly Interceptor[], handler: Handler): Handler =>
  interceptors.reduceRight((next, interceptor) => interceptor(next), handler);

function requestOf({ kind, method }: Unary | ServerStreaming, context: DirectContext, message: Message): Request {
  const { url, signal, requestMethod, values: contextValues, requestHeader: header } = context;
  const common = { service: method.parent, method, requestMethod, url, signal, header, contextValues };
  // The types of the library know that a method and its messages belong together; here that is so by their making.
  return (
    kind === 'unary' ? { ...common, stream: false, message } : { ...common, stream: true, message: only(message) }
  ) as Request;
}

async function call(spec: Unary | ServerStreaming, asked: Request, context: DirectContext): Promise<Response> {
  const common = { service: spec.method.parent, header: context.responseHeader, trailer: context.responseTrailer };
  if (spec.kind === 'unary') {
    const { message } = asked as Extract<Request, { stream: false }>; // it was made so above
    const answer = await spec.impl(message, context);
    return { ...common, stream: false, method: spec.method, message: create(spec.method.output, answer) };
  }
  const messages = (asked as Extract<Request, { stream: true }>).message; // as above
  for await (const message of messages)
    return {
      ...common,
      stream: true,
      method: spec.method,
      message: spec.impl(message, context) as AsyncIterable<Message>,
    };
  throw new ConnectError('The request has no message', Code.InvalidArgument);
}

async function* only<T>(item: T): AsyncGenerator<T> {
  yield item;
}

function read(type: DescMessage, bytes: Uint8Array): Message {
  try {
    return fromBinary(type, bytes);
  } catch {
    throw invalidField('', `The request cannot be read as ${type.typeName}.`);
  }
}

async function* written(type: DescMessage, messages: AsyncIterable<Message>): AsyncGenerator<Uint8Array> {
  for await (const message of messages) yield toBinary(type, create(type, message));
}
