import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  createHandlerContext,
  type ConnectRouterOptions,
  type ContextValues,
  type Interceptor,
  type MethodImplSpec,
  type Transport,
} from '@connectrpc/connect';
import { invokeUnaryImplementation, transformInvokeImplementation } from '@connectrpc/connect/protocol';
import type { NodeRequest } from './http-types.ts';

/** Headers that are about the body or the connection of the one request, and say nothing about who asks. */
const ofTheBody =
  /^(?:content-|connect-|transfer-|if-|:)|^(?:accept|accept-encoding|connection|expect|host|range|te|upgrade)$/;

const callOver = new ConnectError('the call has ended', Code.Canceled);

/** What the API is served with. */
export interface ApiDoor {
  /** By their paths. */
  readonly specs: ReadonlyMap<string, MethodImplSpec>;
  readonly gate: NonNullable<ConnectRouterOptions['requestGate']>;
  readonly interceptors: Interceptor[];
}

/**
 * Calls of the API as whoever made this request: through the same door, with the same headers, as if they had called
 * themselves. For addresses that offer the API in another form. Messages pass as they are: putting files into bytes
 * and out again took half of the control plane's processor time for them.
 */
export function transportAs(door: ApiDoor, request: NodeRequest, values: () => ContextValues): Transport {
  const open = async (method: DescMethod, signal: AbortSignal | undefined) => {
    const url = `/${method.parent.typeName}/${method.name}`;
    const spec = door.specs.get(url);
    if (!spec) throw new Error(`Nothing serves ${method.toString()}.`);
    const context = createHandlerContext({
      service: method.parent,
      method,
      protocolName: 'connect',
      requestMethod: 'POST',
      url,
      requestHeader: presented(request),
      requestSignal: signal,
      contextValues: values(),
    });
    await door.gate(context);
    return { spec, context };
  };
  return {
    async unary(method, signal, _timeoutMs, _header, input) {
      const { spec, context } = await open(method, signal);
      try {
        if (spec.kind !== 'unary') throw new Error(`${method.toString()} streams.`);
        const message = await invokeUnaryImplementation(spec, context, create(method.input, input), door.interceptors);
        // The implementation is the one of this very method.
        return {
          ...common(method, context),
          stream: false,
          method,
          message: message as MessageShape<typeof method.output>,
        };
      } finally {
        context.abort(callOver);
      }
    },
    async stream(method, signal, _timeoutMs, _header, input) {
      const { spec, context } = await open(method, signal);
      const answers = transformInvokeImplementation(spec, context, door.interceptors)(requests(method.input, input));
      // The implementation is the one of this very method.
      const typed = answers as AsyncIterable<MessageShape<typeof method.output>>;
      return { ...common(method, context), stream: true, method, message: until(typed, () => context.abort(callOver)) };
    },
  };
}

function presented({ headers }: NodeRequest): Headers {
  const own = new Headers();
  for (const [name, value] of Object.entries(headers))
    if (!ofTheBody.test(name)) for (const one of [value ?? []].flat()) own.append(name, one);
  return own;
}

const common = (
  { parent }: DescMethod,
  { responseHeader, responseTrailer }: ReturnType<typeof createHandlerContext>,
) => ({ service: parent, header: responseHeader, trailer: responseTrailer });

async function* requests<Input extends DescMessage>(
  input: Input,
  inits: AsyncIterable<MessageInitShape<Input>>,
): AsyncGenerator<MessageShape<Input>> {
  for await (const init of inits) yield create(input, init);
}

async function* until<T>(items: AsyncIterable<T>, over: () => void): AsyncGenerator<T> {
  try {
    yield* items;
  } finally {
    over();
  }
}
