import { verify } from '@node-rs/argon2';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { callPlain, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';

// What another file has loaded in this process calls the real one past the mock.
vi.hoisted(() => vi.resetModules());
// The real one: only how often it is called is counted.
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof import('@node-rs/argon2')>();
  return { ...real, verify: vi.fn<typeof real.verify>(real.verify) };
});

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane({ env: { MUSTER_PUBLIC_URL: 'https://muster.example' } });
});
afterAll(async () => {
  await plane?.stop();
  vi.resetModules();
});
afterEach(() => plane.services.pool`delete from sign_in_limits`);

const logIn = (email: string, password: string, address: string, url = plane.url) =>
  callPlain(
    url,
    'muster.v1.AuthService/LogIn',
    { email, password },
    { 'x-forwarded-for': address, origin: 'https://muster.example' },
  );
/** The parameters of each hash that a password was checked against. */
const workFor = async (act: () => Promise<unknown>): Promise<string[]> => {
  vi.mocked(verify).mockClear();
  await act();
  return vi.mocked(verify).mock.calls.map(([hash]) => String(hash).split('$').slice(0, 4).join('$'));
};

test('an unknown address does the same password work as a known one', async () => {
  const known = await workFor(() => logIn(plane.admin.email, 'wrong', '203.0.113.1'));
  const unknown = await workFor(() => logIn('nobody@example.org', 'wrong', '203.0.113.2'));
  const once = ['$argon2id$v=19$m=19456,t=2,p=1'];
  expect([known, unknown]).toEqual([once, once]);
});

test('ten thousand wrong passwords are a few checks of a password', async () => {
  const second = await plane.startReplica();
  const statuses = new Map<number, number>();
  const checks = await workFor(async () => {
    for (let round = 0; round < 100; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          logIn(plane.admin.email, `wrong ${index}`, '203.0.113.3', index % 2 ? plane.url : second.url),
        ),
      );
      for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  const work = checks.length;
  // Five at once, then each further one waits twice as long.
  expect(work).toBeLessThanOrEqual(15);
  expect(statuses.get(401)).toBe(work);
  expect(statuses.get(429)).toBe(10_000 - work);
}, 180_000);

test('an account that the whole world guesses at is slower, and open to its owner', async () => {
  const guesses = Array.from({ length: 80 }, (_, index) => logIn(plane.admin.email, 'wrong', `198.51.100.${index}`));
  for (const { status } of await Promise.all(guesses)) expect(status).toBe(401);
  const began = performance.now();
  expect((await logIn(plane.admin.email, plane.admin.password, '192.0.2.9')).status).toBe(200);
  expect(performance.now() - began).toBeGreaterThan(1_000);
});

test('who has a whole IPv6 network is one place', async () => {
  const began = performance.now();
  const guesses = Array.from({ length: 8 }, (_, index) => logIn(plane.admin.email, 'wrong', `2001:db8:1:2::${index}`));
  const tried = (await Promise.all(guesses)).filter(({ status }) => status === 401).length;
  // One more after a second, another after two: on a slow machine some of these have passed.
  expect(tried).toBeGreaterThanOrEqual(5);
  expect(tried).toBeLessThanOrEqual(5 + Math.log2(1 + (performance.now() - began) / 1_000));
  expect((await logIn(plane.admin.email, plane.admin.password, '2001:db8:1:3::1')).status).toBe(200);
});
