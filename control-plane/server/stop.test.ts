import { Code, createClient, type ConnectError } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, expect, test } from 'vitest';
import { ServerReflection } from '#proto/grpc/reflection/v1/reflection_pb.js';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import {
  callPlain,
  clientsOf,
  codeOf,
  eventually,
  expectEventually,
  failureOf,
  iterate,
  startTestControlPlane,
} from '../testing/index.ts';

const controlPlane = await startTestControlPlane();
afterAll(() => controlPlane.stop());

const reasonOf = (error: ConnectError) => error.findDetails(ErrorInfoSchema)[0]?.reason;

/** Keeps everybody from making sessions: a sign-in is under way until it is released. */
async function holdSessions() {
  const { pool } = controlPlane.services;
  const locks = async (granted: boolean) =>
    (
      await pool`select from pg_locks where relation = 'sessions'::regclass and granted = ${granted} and mode <> 'AccessShareLock'`
    ).length;
  let free = () => {};
  const held = pool.begin(async (sql) => {
    await sql`lock table sessions in share mode`;
    await new Promise<void>((resolve) => (free = resolve));
  });
  await expectEventually(() => locks(true), 1);
  return {
    somebodyWaits: () => expectEventually(() => locks(false), 1),
    async release() {
      free();
      await held;
    },
  };
}

test('a stop ends streams with a reason, also those that wait for input, and lets unary calls finish', async () => {
  const replica = await controlPlane.startReplica();
  const client = createClient(AuthService, createConnectTransport({ baseUrl: replica.url, httpVersion: '2' }));
  const stream = iterate(client.startDeviceLogin({ deviceName: 'laptop' }));
  await stream.next();
  let wake = () => {};
  const never = new Promise<void>((resolve) => (wake = resolve));
  const questions = async function* () {
    yield { messageRequest: { case: 'listServices' as const, value: '' } };
    await never;
  };
  const reflection = createClient(ServerReflection, createGrpcTransport({ baseUrl: replica.url }));
  const bidi = iterate(reflection.serverReflectionInfo(questions()));
  await bidi.next();

  const { email, password, id } = controlPlane.admin;
  const sessions = await holdSessions();
  const unary = client.logIn({ email, password });
  await sessions.somebodyWaits();

  const stopped = replica.stop(30_000);
  for (const iterator of [stream, bidi]) {
    const error = await failureOf(iterator.next());
    expect([error.code, reasonOf(error)]).toEqual([Code.Unavailable, Reason.SHUTTING_DOWN]);
  }
  wake();
  await sessions.release();
  expect((await unary).caller?.userId).toBe(id);
  await stopped;
  await expect(fetch(`${replica.url}/healthz`)).rejects.toThrow(/fetch failed/);
});

test('a stop does not wait for ever for a unary call', async () => {
  const replica = await controlPlane.startReplica();
  const sessions = await holdSessions();
  const { email, password } = controlPlane.admin;
  const failure = failureOf(clientsOf(replica.url).auth.logIn({ email, password }));
  await sessions.somebodyWaits();
  const stopped = replica.stop(50);
  expect(reasonOf(await failure)).toBe(Reason.SHUTTING_DOWN);
  await sessions.release();
  await stopped;
});

test('a call ends at the deadline that its caller set, whatever it waits for', async () => {
  const sessions = await holdSessions();
  const { email, password } = controlPlane.admin;
  const answer = await callPlain(
    controlPlane.url,
    'muster.v1.AuthService/LogIn',
    { email, password },
    { 'connect-timeout-ms': '100' },
  );
  expect(answer).toMatchObject({ body: { code: 'deadline_exceeded' }, info: { reason: 'REASON_DEADLINE' } });
  await sessions.release();
});

test('a stream whose caller goes away ends on the server', async () => {
  const client = createClient(AuthService, createConnectTransport({ baseUrl: controlPlane.url, httpVersion: '1.1' }));
  const leaving = new AbortController();
  const stream = iterate(client.startDeviceLogin({ deviceName: 'left' }, { signal: leaving.signal }));
  await stream.next();
  expect(await (await fetch(`${controlPlane.url}/metrics`)).text()).toContain('muster_rpc_under_way 1');
  leaving.abort();
  await failureOf(stream.next());
  await eventually(
    async () => (await fetch(`${controlPlane.url}/metrics`)).text(),
    (text) => expect(text).toContain('muster_rpc_under_way 0'),
  );
});

test('a stream ends when its session is revoked', async () => {
  const user = await controlPlane.makeUser('Edsger');
  const stream = iterate(user.clients.hosts.watchHosts({}));
  await stream.next();
  await user.clients.auth.revokeSession({ sessionId: user.sessionId });
  expect(await codeOf(stream.next())).toBe(Code.Unauthenticated);
});
