import { connect, constants, createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Code, ConnectError, createClient, type ServiceImpl } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { toBinary, create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HostAgentService, RunRequestSchema } from '#proto/muster/agent/v1/host_agent_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { encodeEnvelope, EnvelopeReader } from '#contract/envelopes.ts';
import { eventually } from '../testing/eventually.ts';
import { rpcListener } from './listener.ts';

const chunk = Buffer.alloc(64 * 1024);
let produced = 0;
/** Why commands that wait for it were ended. */
const reasons: Code[] = [];
/** Commands that count themselves. */
let begun = 0;
let ended: PromiseWithResolvers<void>;

const noSuch = () =>
  new ConnectError('not here', Code.NotFound, undefined, [
    { desc: ErrorInfoSchema, value: { reason: Reason.NOT_FOUND, field: 'sandbox_id' } },
  ]);
const started = { event: { event: { case: 'started', value: { pid: 7 } } } } as const;
const exit = { event: { event: { case: 'exit', value: { code: 0 } } } } as const;

/** What commands do, by their names. */
const commands: Record<string, (signal: AbortSignal) => AsyncIterable<object>> = {
  async *true() {
    yield started;
    yield exit;
  },
  async *count() {
    begun += 1;
    yield exit;
  },
  async *late(signal) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    reasons.push(ConnectError.from(signal.reason).code);
    yield exit;
  },
  async *fail() {
    yield started;
    throw noSuch();
  },
  async *flood(signal) {
    try {
      for (produced = 0; !signal.aborted; produced += 1) yield { event: { event: { case: 'stdout', value: chunk } } };
    } finally {
      ended.resolve();
    }
  },
};

// Only what the test calls.
const service = {
  pauseSandbox: ({ sandboxId, attempt }) => {
    if (attempt === 2) throw noSuch();
    return { sandbox: { sandboxId } };
  },
  async uploadFile(requests) {
    let size = 0;
    for await (const { part } of requests) {
      if (part.case === 'data') size += part.value.length;
      if (size > 1_000_000) throw noSuch();
    }
    return { upload: { offset: BigInt(size) } };
  },
  async *connectPort(requests) {
    for await (const { message } of requests) yield { message };
  },
  run: ({ run }, { signal }) => commands[run?.argv[0] ?? '']!(signal),
} as Partial<ServiceImpl<typeof HostAgentService>> as ServiceImpl<typeof HostAgentService>;

let server: Http2Server;
/** In the order in which they came. */
const sessions: ServerHttp2Session[] = [];
let url: string;
beforeAll(async () => {
  server = createServer()
    .on('stream', rpcListener(service))
    .on('session', (session) => sessions.push(session))
    .listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a port was asked for
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const client = () =>
  createClient(
    HostAgentService,
    createConnectTransport({ baseUrl: url, httpVersion: '2', idleConnectionTimeoutMs: 1 }),
  );
const sandboxId = 'sbx000000000000';
const run = (command: string) => ({ run: { sandboxId, argv: [command] } });

test('one answer, or a refusal with its typed detail', async () => {
  const { sandbox } = await client().pauseSandbox({ sandboxId, attempt: 1 });
  expect(sandbox?.sandboxId).toBe(sandboxId);
  const refusal = await client()
    .pauseSandbox({ sandboxId, attempt: 2 })
    .catch((error: unknown) => ConnectError.from(error));
  expect(refusal).toMatchObject({ code: Code.NotFound, rawMessage: 'not here' });
  expect(refusal instanceof ConnectError && refusal.findDetails(ErrorInfoSchema)).toMatchObject([
    { reason: Reason.NOT_FOUND },
  ]);
});

test('a request against the contract names the field', async () => {
  await expect(client().pauseSandbox({ sandboxId: 'nonsense', attempt: 1 })).rejects.toMatchObject({
    code: Code.InvalidArgument,
    message: expect.stringContaining('sandbox_id'),
  });
});

test('a stream that fails says so after what it gave', async () => {
  const kinds: unknown[] = [];
  const failure = (async () => {
    for await (const { event } of client().run(run('fail'))) kinds.push(event?.event.case);
  })();
  await expect(failure).rejects.toMatchObject({ code: Code.NotFound });
  expect(kinds).toEqual(['started']);
});

/** So many pieces of 64 KiB. */
async function* pieces(count: number) {
  for (let index = 0; index < count; index += 1) yield { part: { case: 'data' as const, value: chunk } };
}

test('a stream of requests is answered when it ends, and earlier where it is refused', async () => {
  const { upload } = await client().uploadFile(pieces(10));
  expect(upload?.offset).toBe(BigInt(10 * chunk.length));
  await expect(client().uploadFile(pieces(1000))).rejects.toMatchObject({ code: Code.NotFound });
});

test('both ways at once', async () => {
  const talk = (async function* () {
    for (const text of ['one', 'two', 'three']) yield { message: { case: 'data' as const, value: Buffer.from(text) } };
  })();
  const heard: string[] = [];
  for await (const { message } of client().connectPort(talk))
    if (message.case === 'data') heard.push(Buffer.from(message.value).toString());
  expect(heard).toEqual(['one', 'two', 'three']);
});

test('start and end of a short command arrive together', async () => {
  const session = connect(url);
  const stream = session.request({
    ':method': 'POST',
    ':path': `/${HostAgentService.typeName}/Run`,
    'content-type': 'application/connect+proto',
  });
  stream.end(encodeEnvelope(toBinary(RunRequestSchema, create(RunRequestSchema, run('true')))));
  const pieces: number[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>)
    pieces.push([...new EnvelopeReader(1000).read(piece)].length);
  expect(pieces).toEqual([3]);
  await new Promise<void>((resolve) => session.close(resolve));
});

test('a command is told when its time is over, and when its caller has left', async () => {
  const session = connect(url);
  const request = encodeEnvelope(toBinary(RunRequestSchema, create(RunRequestSchema, run('late'))));
  const begin = (headers: Record<string, string>) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/${HostAgentService.typeName}/Run`,
      'content-type': 'application/connect+proto',
      ...headers,
    });
    stream.on('error', () => {}).end(request);
    return stream;
  };
  for await (const _ of begin({ 'connect-timeout-ms': '50' }));
  expect(reasons).toEqual([Code.DeadlineExceeded]);
  const left = begin({});
  await new Promise((resolve) => session.ping(resolve));
  left.close(constants.NGHTTP2_CANCEL);
  await eventually('the second one is told', () => reasons.length === 2);
  expect(reasons).toEqual([Code.DeadlineExceeded, Code.Canceled]);
  await new Promise<void>((resolve) => session.close(resolve));
});

test('a request that lacks its last byte never begins, however its stream ends', async () => {
  const session = connect(url);
  const request = encodeEnvelope(toBinary(RunRequestSchema, create(RunRequestSchema, run('count'))));
  const begin = () => {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/${HostAgentService.typeName}/Run`,
      'content-type': 'application/connect+proto',
    });
    stream.on('error', () => {}).write(request.subarray(0, -1));
    return stream;
  };
  const [finished, cancelled, broken] = [begin(), begin(), begin()];
  await new Promise((resolve) => session.ping(resolve));
  expect(begun).toBe(0);
  cancelled.close(constants.NGHTTP2_CANCEL);
  broken.end();
  for await (const _ of broken);
  finished.end(request.subarray(-1));
  for await (const _ of finished);
  expect(begun).toBe(1);
  begin();
  await new Promise((resolve) => session.ping(resolve));
  const gone = new Promise((resolve) => sessions.at(-1)!.once('close', resolve));
  session.destroy();
  await gone;
  expect(begun, 'what broke off with its connection has not begun either').toBe(1);
});

test('a slow reader slows the command down, and its end is the end of the command', async () => {
  ended = Promise.withResolvers();
  const leaving = new AbortController();
  const reader = client().run(run('flood'), { signal: leaving.signal })[Symbol.asyncIterator]();
  for (let read = 1; read <= 100; read += 1) {
    await reader.next();
    // What stands in the windows of both sides and in their buffers.
    expect(produced - read).toBeLessThan(20);
  }
  leaving.abort();
  await ended.promise;
});
