import { networkInterfaces } from 'node:os';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { startTestControlPlane } from '../testing/index.ts';

const token = 'a-token-for-the-metrics';
const controlPlane = await startTestControlPlane({ env: { MUSTER_METRICS_TOKEN: token } });
const everywhere = await controlPlane.startReplica({ MUSTER_LISTEN: '0.0.0.0:0' });
afterAll(() => controlPlane.stop());

const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers });
  return { status: response.status, text: await response.text() };
};
/** An address of this machine that is not loopback, where it has one. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one && !one.internal && one.family === 'IPv4')?.address;

test('health and readiness are open to everybody', async () => {
  expect(await get(`${controlPlane.url}/healthz`)).toEqual({ status: 200, text: 'ok\n' });
  expect(await get(`${controlPlane.url}/readyz`)).toEqual({ status: 200, text: 'ready\n' });
});

test('the metrics count calls by method and code, for the machine itself', async () => {
  await controlPlane.admin.clients.auth.getCaller({});
  await controlPlane.anonymous.auth.getCaller({}).catch(() => {});
  const { status, text } = await get(`${controlPlane.url}/metrics`);
  expect(status).toBe(200);
  expect(text).toMatch(/muster_rpc_calls_total\{service="muster.v1.AuthService",method="GetCaller",code="ok"\} [1-9]/);
  expect(text).toMatch(
    /muster_rpc_calls_total\{service="muster.v1.AuthService",method="GetCaller",code="Unauthenticated"\} 1/,
  );
  expect(text).toMatch(/muster_rpc_under_way 0/);
});

test('others need the token, also through a proxy on this machine', async () => {
  expect((await get(`${controlPlane.url}/metrics`, { 'x-forwarded-for': '203.0.113.7' })).status).toBe(401);
  expect(
    (await get(`${controlPlane.url}/metrics`, { 'x-forwarded-for': '203.0.113.7', authorization: 'Bearer wrong' }))
      .status,
  ).toBe(401);
  expect(
    (await get(`${controlPlane.url}/metrics`, { 'x-forwarded-for': '203.0.113.7', authorization: `Bearer ${token}` }))
      .status,
  ).toBe(200);
});

test.runIf(outside)('an address that is not loopback is not the machine itself, though it is', async () => {
  const url = `http://${outside}:${new URL(everywhere.url).port}`;
  expect((await get(`${url}/healthz`)).status).toBe(200);
  expect((await get(`${url}/metrics`)).status).toBe(401);
});

test("the public keys verify the installation's tokens", async () => {
  const { text } = await get(`${controlPlane.url}/.well-known/jwks.json`);
  const { payload } = await jwtVerify(controlPlane.admin.token, createLocalJWKSet(JSON.parse(text) as JSONWebKeySet), {
    audience: 'muster-user',
  });
  expect(payload.sub).toBe(controlPlane.admin.id);
});
