import { once } from 'node:events';
import { constants, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { connect, type AddressInfo } from 'node:net';
import { Code, ConnectError, createClient, type Client } from '@connectrpc/connect';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeEnvelope, plainEnd } from '#contract/envelopes.ts';
import { HostAgentService, RunResponseSchema } from '#proto/muster/agent/v1/host_agent_pb.js';
import { eventually } from '../../testing/index.ts';
import { openSession, type AgentSession } from './session.ts';
import { agentTransport } from './transport.ts';

let server: Http2Server;
let session: AgentSession;
let client: Client<typeof HostAgentService>;
/** In the order in which they came. */
let streams: ServerHttp2Stream[];

const answer = Buffer.concat([
  encodeEnvelope(
    toBinary(RunResponseSchema, create(RunResponseSchema, { event: { event: { case: 'exit', value: { code: 0 } } } })),
  ),
  encodeEnvelope(plainEnd, true),
]);

beforeEach(async () => {
  streams = [];
  server = createServer().on('stream', (stream) => {
    streams.push(stream);
    stream.on('error', () => {});
    stream.once('data', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/connect+proto' });
      stream.end(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a port was asked for
  session = openSession(connect(port, '127.0.0.1'));
  client = createClient(HostAgentService, agentTransport(session, [HostAgentService.method.run]));
});
afterEach(async () => {
  session.close();
  await new Promise((resolve) => server.close(resolve));
});

async function run(): Promise<number | undefined> {
  let code: number | undefined;
  for await (const { event } of client.run({ run: { sandboxId: 'sbx', argv: ['true'] } }))
    if (event?.event.case === 'exit') code = event.event.value.code;
  return code;
}

/** Runs until a stream waits for the next call. */
async function runOften(): Promise<ServerHttp2Stream> {
  await run();
  await run();
  await eventually(
    () => streams.length,
    (count) => expect(count).toBe(3),
  );
  return streams[2]!;
}

test('a call by itself leaves nothing open', async () => {
  expect(await run()).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(streams).toHaveLength(1);
});

test('of calls that follow each other, each finds its stream open', async () => {
  const waiting = await runOften();
  expect(waiting.destroyed).toBe(false);
  expect(await run()).toBe(0);
  await eventually(
    () => waiting.closed,
    (closed) => expect(closed, 'the third call went over it').toBe(true),
  );
  expect(waiting.sentHeaders[':status']).toBe(200);
});

test('when no call comes, it is cancelled', async () => {
  const waiting = await runOften();
  await once(waiting, 'close');
  expect(waiting.rstCode).toBe(constants.NGHTTP2_CANCEL);
  expect(waiting.headersSent, 'nothing was answered').toBe(false);
});

test('where the host has ended it meanwhile, the next call has one of its own', async () => {
  const waiting = await runOften();
  waiting.close(constants.NGHTTP2_REFUSED_STREAM);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await run()).toBe(0);
});

test('a call that is over before it begins ends it; after the connection has ended, calls are told so', async () => {
  const waiting = await runOften();
  const left = AbortSignal.abort(new ConnectError('left', Code.Canceled));
  const call = client.run({ run: { sandboxId: 'sbx', argv: ['true'] } }, { signal: left })[Symbol.asyncIterator]();
  await expect(call.next()).rejects.toMatchObject({ code: Code.Canceled });
  await runOftenAgain(waiting);
  session.close();
  await expect(run()).rejects.toMatchObject({ code: Code.Unavailable });
});

/** The one that was there, or the next: what was called off took no stream, or has ended it. */
async function runOftenAgain(before: ServerHttp2Stream): Promise<void> {
  expect(await run()).toBe(0);
  expect(await run()).toBe(0);
  await eventually(
    () => before.closed,
    (closed) => expect(closed).toBe(true),
  );
}
