import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../../control-plane/gateway/testing/ask.ts';
import { startTestProvider, type TestProvider } from '../../control-plane/gateway/testing/provider.ts';
import { startTestControlPlane, type TestControlPlane } from '../../control-plane/testing/index.ts';
import { openTerminal, type MusterTerminal } from '../testing/muster.ts';

let provider: TestProvider;
let plane: TestControlPlane;
let admin: MusterTerminal;
let tester: MusterTerminal;
beforeAll(async () => {
  provider = await startTestProvider();
  plane = await startTestControlPlane({ env: { MUSTER_PRIVATE_RANGES: '127.0.0.1' } });
  admin = openTerminal(plane.url, { MUSTER_TOKEN: plane.admin.token });
  tester = openTerminal(plane.url, { MUSTER_TOKEN: plane.other.token });
});
afterAll(async () => {
  admin?.remove();
  tester?.remove();
  await plane?.stop();
  await provider?.close();
});

test('a token is minted into a file, asks models within caps, is rotated and revoked', async () => {
  expect((await admin.run('settings', 'set', 'groq.base_url', provider.url)).code).toBe(0);
  expect((await admin.pipe('gsk_key\n', 'settings', 'set', 'groq.api_key')).code).toBe(0);
  expect((await admin.run('settings', 'set', 'groq.gateway', 'on')).code).toBe(0);
  const file = join(tester.home, 'gateway.token');
  const made = await tester.run('gateway', 'tokens', 'create', 'laptop', '--out', file);
  expect(made).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/^Name +laptop\n/) });
  const secret = readFileSync(file, 'utf8').trim();
  const chat = { model: 'groq/llama-small', max_tokens: 50, messages: [{ role: 'user', content: 'Hello' }] };
  expect((await ask(plane.url, secret, chat)).status).toBe(200);
  const usage = await tester.run('gateway', 'usage');
  expect(usage.stdout).toMatch(/^DAY[^]*\d{4}-\d\d-\d\d +Grace +groq\/llama-small +1 +12 +8 +0\n/);
  expect(usage.stdout).toMatch(/Grace +20 +1000000 +20 +10000000 +as everybody/);
  expect(await tester.run('gateway', 'usage', '--all-teams')).toMatchObject({ code: 4 });

  const { id } = plane.other;
  expect((await admin.run('gateway', 'caps', 'set', '--user', id, '--day', '30')).stdout).toBe(
    'From now on: 30 tokens a day, 10000000 a month.\n',
  );
  expect((await ask(plane.url, secret, chat)).error).toMatchObject({ code: 'insufficient_quota' });
  expect((await admin.run('gateway', 'caps', 'list', '--all-teams')).stdout).toMatch(
    /^Everybody: 1000000 tokens a day, 10000000 a month\.[^]*Grace +20 +30 .*their own/,
  );
  expect((await admin.run('gateway', 'caps', 'set', '--user', id, '--default')).code).toBe(0);
  expect((await admin.run('gateway', 'caps', 'set', '--user', id)).code).toBe(2);
  expect(await tester.run('gateway', 'caps', 'set', '--day', '5', '--month', '5')).toMatchObject({ code: 4 });

  const next = join(tester.home, 'next.token');
  const rotated = await tester.run('gateway', 'tokens', 'rotate', 'laptop', '--overlap', '1h', '--out', next);
  expect(rotated.stderr).toMatch(/Old secret +works until /);
  expect((await ask(plane.url, readFileSync(next, 'utf8').trim(), chat)).status).toBe(200);
  expect((await tester.run('gateway', 'tokens', 'revoke', 'laptop')).stdout).toMatch(/is revoked\.\n$/);
  expect((await ask(plane.url, secret, chat)).status).toBe(401);
  expect((await tester.run('gateway', 'tokens', 'list')).stdout).toMatch(/^There are no tokens/);
  expect((await tester.run('gateway', 'tokens', 'list', '--all')).stdout).toMatch(/laptop +Grace +revoked/);
});

test('a key of one’s own is piped in, listed without its value, and cleared', async () => {
  const key = 'gsk_of-the-tester-alone';
  expect((await tester.run('provider-keys', 'list')).stdout).toMatch(/groq +none .*enter your own/);
  expect((await tester.pipe(`${key}\n`, 'provider-keys', 'set', 'groq')).stdout).toMatch(/^Your key of Groq is saved/);
  const listed = await tester.run('provider-keys', 'list');
  expect(listed.stdout).toMatch(/groq +own +[0-9a-f]{12} +GROQ_API_KEY/);
  expect(listed.stderr).toMatch(/\/run\/muster\/keys\.env/);
  const json = await tester.run('provider-keys', 'list', '--json');
  for (const { stdout, stderr } of [listed, json]) expect(stdout + stderr).not.toContain(key);
  expect((await tester.run('provider-keys', 'clear', 'groq')).stdout).toMatch(/^Your key of Groq is forgotten/);
  expect(await tester.run('provider-keys', 'set', 'nobody')).toMatchObject({
    code: 5,
    stderr: expect.stringMatching(/one of openrouter, kimi, groq, sambanova/),
  });
  expect(await tester.run('provider-keys', 'rotate', 'openrouter')).toMatchObject({
    stderr: expect.stringMatching(/No key was minted/),
  });
  expect((await tester.run('provider-keys', 'usage')).stdout).toMatch(/^Nothing was spent[^]*groq\/llama-small/);
});
