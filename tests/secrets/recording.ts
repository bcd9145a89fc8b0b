import { create, type DescMethodUnary, type DescService } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { ConnectError, createClient, type Client, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import type { Ledger } from './ledger.ts';

/** Somebody who calls the API; every answer goes into the ledger as it came: status, headers, body. */
export interface Recorded {
  readonly transport: Transport;
  client<Service extends DescService>(service: Service): Client<Service>;
  /** The cookie that the last answer set. */
  cookie(): string;
}

/** A caller who presents these headers. */
export function recorded(ledger: Ledger, baseUrl: string, headers: Readonly<Record<string, string>> = {}): Recorded {
  let cookie = '';
  const present: Interceptor = (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    return next(request);
  };
  const transport = createConnectTransport({
    baseUrl,
    interceptors: [present],
    async fetch(input, init) {
      const response = await recordedFetch(ledger, input, init);
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
      return response;
    },
  });
  return { transport, client: (service) => createClient(service, transport), cookie: () => cookie };
}

/** A plain request whose answer goes into the ledger. */
export async function recordedFetch(
  ledger: Ledger,
  input: Parameters<typeof fetch>[0],
  init?: RequestInit,
): Promise<Response> {
  const response = await fetch(input, init);
  const write = ledger.answer(new URL(input instanceof Request ? input.url : input).pathname);
  write(`${response.status}\n${JSON.stringify([...response.headers])}\n`);
  const decoder = new TextDecoder();
  const body = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        write(decoder.decode(chunk, { stream: true }));
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(body ?? null, response);
}

/** Calls every method that only looks, with these ids where it takes them. Answers how many answered. */
export async function lookAtEverything(
  { transport }: Recorded,
  services: readonly DescService[],
  ids: Readonly<Record<string, string>>,
): Promise<number> {
  const looks = services.flatMap(({ methods }) =>
    methods.filter(
      (method): method is DescMethodUnary =>
        method.methodKind === 'unary' && method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
    ),
  );
  const answers = await Promise.all(
    looks.map(async (method) => {
      const fields = Object.entries(ids).filter(([name]) => method.input.field[name]);
      try {
        await transport.unary(method, undefined, 20_000, {}, create(method.input, Object.fromEntries(fields)));
        return 1;
      } catch (error) {
        // A refusal is an answer like any other, and was written down.
        if (!(error instanceof ConnectError)) throw error;
        return 0;
      }
    }),
  );
  return answers.reduce<number>((sum, one) => sum + one, 0);
}
