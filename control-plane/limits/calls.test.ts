import { Code, createClient } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import type { Caller } from '../access/index.ts';
import { Refusal } from '../errors.ts';
import {
  callPlain,
  clientsOf,
  clientsWithToken,
  codeOf,
  eventually,
  failureOf,
  iterate,
  startTestControlPlane,
  type TestControlPlane,
} from '../testing/index.ts';
import { openCallLimits } from './calls.ts';
import { networkOf } from './network.ts';
import { addUses, removeOldLimits } from './store.ts';

const most = 60;
let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane({ env: { MUSTER_CALLS_PER_MINUTE: String(most), MUSTER_RUNS_PER_SECOND: '2' } });
});
afterAll(() => plane?.stop());

test('a limit holds over two replicas, says when to come back, and is nobody else’s', async () => {
  const second = await plane.startReplica();
  const user = await plane.makeUser('Busy');
  const doors = [user.clients, clientsWithToken(second.url, user.token)];
  const codes = await Promise.all(
    Array.from({ length: 4 * most }, (_, index) => codeOf(doors[index % 2]!.auth.getCaller({}))),
  );
  const admitted = codes.filter((code) => code === undefined).length;
  expect(admitted).toBeGreaterThanOrEqual(most - 1); // one call was made before
  expect(admitted).toBeLessThanOrEqual(most + 2 * 3);
  expect(codes.filter((code) => code === Code.ResourceExhausted)).toHaveLength(4 * most - admitted);
  const headers = { authorization: `Bearer ${user.token}` };
  const refused = await callPlain(plane.url, 'muster.v1.AuthService/GetCaller', {}, headers);
  expect(refused).toMatchObject({ status: 429, info: { reason: 'REASON_RATE_LIMITED' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(61);
  expect(await codeOf(plane.other.clients.auth.getCaller({}))).toBeUndefined();
});

test('a key has a limit of its own, which is neither its maker’s nor another key’s', async () => {
  const second = await plane.startReplica();
  const user = await plane.makeUser('Maker');
  const keys = createClient(ApiKeyService, user.clients.transport);
  const mint = async () =>
    (await keys.createApiKey({ name: 'ci', teamId: user.teamId, role: KeyRole.OPERATOR })).secret;
  const [busy, quiet] = [await mint(), await mint()];
  const codes = await Promise.all(
    Array.from({ length: 3 * most }, (_, index) =>
      codeOf(clientsOf(index % 2 ? plane.url : second.url, { 'x-api-key': busy }).auth.getCaller({})),
    ),
  );
  const admitted = codes.filter((code) => code === undefined).length;
  expect(admitted).toBeGreaterThanOrEqual(most);
  expect(admitted).toBeLessThanOrEqual(most + 2 * 3);
  expect(await codeOf(clientsOf(plane.url, { 'x-api-key': quiet }).auth.getCaller({}))).toBeUndefined();
  expect(await codeOf(user.clients.auth.getCaller({}))).toBeUndefined();
});

test('commands are counted apart from other calls: ten seconds’ worth at once, then as many a second as may be', async () => {
  const user = await plane.makeUser('Runner');
  const run = { sandboxId: 'sbx0123456789abcdef', argv: ['true'] };
  const began = performance.now();
  const burst = async (url: string, length: number) => {
    const { processes } = clientsWithToken(url, user.token);
    const codes = await Promise.all(Array.from({ length }, () => codeOf(iterate(processes.run(run)).next())));
    // What was let through found no such sandbox.
    const admitted = codes.filter((code) => code === Code.NotFound).length;
    expect(codes.filter((code) => code === Code.ResourceExhausted)).toHaveLength(length - admitted);
    return admitted;
  };
  const passedSince = () => ((performance.now() - began) / 1_000) * 2;
  const admitted = await burst(plane.url, 40);
  expect(admitted).toBeGreaterThanOrEqual(20);
  expect(admitted).toBeLessThanOrEqual(20 + passedSince());
  // Where the machine is slow, there is room for one again.
  const refused = await eventually(
    () => failureOf(iterate(user.clients.processes.run(run)).next()),
    ({ code }) => expect(code).toBe(Code.ResourceExhausted),
  );
  expect(Number(refused.metadata.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(refused.metadata.get('retry-after')), 'no longer than the next one takes').toBeLessThanOrEqual(1);
  expect(await codeOf(user.clients.auth.getCaller({})), 'other calls go on').toBeUndefined();
  // Two seconds later there is room for four more, on a replica that knows nothing of before.
  const row = `call:commands:${user.id}`;
  await eventually(
    () => plane.services.pool<{ left: number }[]>`
      select extract(epoch from window_ends_at - now())::float8 * 2 as left from rate_limits where key = ${row}`,
    (rows) => expect((rows[0]?.left ?? 0) + passedSince(), 'all of it is known').toBeGreaterThan(admitted - 0.5),
  );
  const since = passedSince();
  await plane.services.pool`update rate_limits set window_ends_at = now() + interval '8 seconds' where key = ${row}`;
  const more = await burst((await plane.startReplica()).url, 20);
  expect(more).toBeGreaterThanOrEqual(4);
  expect(more, 'with one on credit').toBeLessThanOrEqual(4 + 1 + passedSince() - since);
});

const userCalled = (userId: string): Caller => ({
  kind: 'session',
  actor: `user:${userId}`,
  credentialId: 'session',
  userId,
  name: userId,
  email: userId,
  platformAdmin: false,
  memberships: [],
  activeTeamId: undefined,
});

/** A clock that goes only when it is told to, on all replicas and for what the database holds. */
function handClock() {
  let time = 0;
  return {
    now: () => time,
    async pass(seconds: number) {
      time += seconds * 1_000;
      await plane.services.pool`update use_windows set part = part - floor(${seconds * 1_000}::bigint / part_ms)`;
    },
  };
}

test('in no minute there are more calls than may be, across its edges and on all replicas', async () => {
  const clock = handClock();
  const services = { ...plane.services, config: { ...plane.services.config, callsPerMinute: 600 } };
  const replicas = [openCallLimits(services, clock.now), openCallLimits(services, clock.now)];
  const method = AuthService.method.getCaller;
  const at = async (seconds: number, calls: number): Promise<number> => {
    await clock.pass(seconds);
    let admitted = 0;
    for (let call = 0; call < calls; call += 1) {
      try {
        await replicas[call % 2]!.admit(userCalled('user-edge'), method);
        admitted += 1;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    }
    for (const { loop } of replicas) await loop.run(plane.context);
    return admitted;
  };
  expect(await at(0, 300)).toBe(300);
  // What the other replica has admitted since the last look is at most a twentieth.
  const second = await at(50, 600);
  expect(second).toBeGreaterThanOrEqual(300);
  expect(second).toBeLessThanOrEqual(330);
  expect(await at(9, 10), 'a minute after the first is not over').toBe(0);
  const third = await at(2, 600);
  expect(third, 'the first 300 are out, those of ten seconds ago are not').toBeLessThanOrEqual(330);
  expect(third).toBeGreaterThanOrEqual(600 - second);
  expect(await at(48, 10)).toBe(0);
  expect(await at(13, 10)).toBe(10);
  expect(await at(61, 600), 'and nothing is left over').toBeGreaterThanOrEqual(600);
});

test('who keeps asking for too much is let in as soon as what they did is a window old', async () => {
  const { pool } = plane.services;
  const clock = handClock();
  const ask = async () => {
    const [used] = await addUses(pool, [{ key: 'stubborn', uses: 1, most: 3, windowMs: 60_000 }]);
    return used!.admitted;
  };
  for (const expected of [true, true, true, false, false]) expect(await ask()).toBe(expected);
  await clock.pass(40);
  for (let again = 0; again < 5; again += 1) expect(await ask()).toBe(false);
  await clock.pass(21);
  expect(await ask()).toBe(true);
  await pool`update use_windows set ends_at = now() - interval '1 second' where key = 'stubborn'`;
  await removeOldLimits(pool);
  expect(await pool`select key from use_windows where key = 'stubborn'`).toHaveLength(0);
});

test('a minute later there is room again, on a replica that knows nothing of before', async () => {
  const user = await plane.makeUser('Patient');
  await Promise.all(Array.from({ length: most + 10 }, () => codeOf(user.clients.auth.getCaller({}))));
  expect(await codeOf(user.clients.auth.getCaller({}))).toBe(Code.ResourceExhausted);
  await plane.services.pool`update use_windows set part = part - 61 where key = ${`call:calls:${user.id}`}`;
  const fresh = await plane.startReplica();
  const admitted = await Promise.all(
    Array.from({ length: 10 }, () => codeOf(clientsWithToken(fresh.url, user.token).auth.getCaller({}))),
  );
  expect(admitted).toEqual(Array(10).fill(undefined));
});

test('a call costs no statement: a busy caller one in fifteen, many callers one a second for all', async () => {
  let statements = 0;
  const pool = new Proxy(plane.services.pool, {
    apply(target, self, parts: unknown[]): unknown {
      statements += 1;
      return Reflect.apply(target as (...parts: unknown[]) => unknown, self, parts); // it is called as it was
    },
  });
  const { log } = plane.services;
  const limits = openCallLimits({ config: { ...plane.services.config, callsPerMinute: 600 }, pool, log });
  const method = AuthService.method.getCaller;
  const busy = userCalled('busy');
  for (let call = 0; call < 600; call += 1) await limits.admit(busy, method);
  await expect(async () => limits.admit(busy, method)).rejects.toMatchObject({ code: Code.ResourceExhausted });
  expect(statements).toBeLessThanOrEqual(600 / 15 + 1);
  await limits.loop.run(plane.context);
  statements = 0;
  for (let user = 0; user < 500; user += 1) void limits.admit(userCalled(`user-${user}`), method);
  await limits.loop.run(plane.context);
  expect(statements).toBe(1);
});

test('requests to the ports of one sandbox have a limit that is no other sandbox’s', async () => {
  const { config, pool, log } = plane.services;
  const limits = openCallLimits({ config: { ...config, endpointRequestsPerSecond: 1 }, pool, log });
  const began = performance.now();
  const ask = async (sandboxId: string): Promise<Code | undefined> => {
    try {
      await limits.admitTraffic(sandboxId);
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error.code;
      throw error;
    }
  };
  const codes: (Code | undefined)[] = [];
  for (let request = 0; request < 30; request += 1) codes.push(await ask('sbx-busy'));
  const admitted = codes.filter((code) => code === undefined).length;
  expect(admitted).toBeGreaterThanOrEqual(10);
  expect(admitted).toBeLessThanOrEqual(10 + (performance.now() - began) / 1_000);
  expect(codes).toContain(Code.ResourceExhausted);
  expect(await ask('sbx-quiet')).toBeUndefined();
});

test('hosts and what is open to everybody are not counted', async () => {
  for (let call = 0; call < most + 5; call += 1) await plane.anonymous.setup.getSetup({});
  await eventually(
    () => plane.services.pool<{ key: string }[]>`select key from use_windows where key like 'call:%'`,
    (rows) => expect(rows.filter(({ key }) => !/^call:\w+:(user|key|busy)/.test(key))).toEqual([]),
  );
});

test('one customer’s IPv6 network is one place', () => {
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe(networkOf('2001:db8:1:2::9'));
  expect(networkOf('2001:db8:1:2::')).not.toBe(networkOf('2001:db8:1:3::'));
  expect(networkOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(networkOf('::1')).toBe('0:0:0:0::/64');
  expect(networkOf('203.0.113.7')).toBe('203.0.113.7');
});
