import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestService, type TestService } from '../../control-plane/settings/testing/service.ts';
import { startTestControlPlane, type TestControlPlane } from '../../control-plane/testing/index.ts';
import { openTerminal, type MusterTerminal } from '../testing/muster.ts';

const key = 'gsk_Kp3xT9-of-the-cli';
let service: TestService;
let plane: TestControlPlane;
let admin: MusterTerminal;
beforeAll(async () => {
  service = await startTestService();
  service.key = key;
  plane = await startTestControlPlane({ env: { MUSTER_PRIVATE_RANGES: '127.0.0.1' } });
  admin = openTerminal(plane.url, { MUSTER_TOKEN: plane.admin.token });
});
afterAll(async () => {
  admin?.remove();
  await plane?.stop();
  await service?.close();
});

test('a key is piped in, tried, listed without its value, and cleared', async () => {
  expect((await admin.run('settings', 'set', 'groq.base_url', `${service.url}/v1`)).stdout).toMatch(/is saved/);
  expect(await admin.pipe(`${key}\n`, 'settings', 'set', 'groq.api_key')).toMatchObject({ code: 0 });
  expect(await admin.run('settings', 'test', 'groq')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Groq takes the key\. \(\d+\.\d s\)\n$/),
  });
  const listed = await admin.run('settings', 'list', '--group', 'groq');
  expect(listed.stdout).toMatch(/groq\.api_key +set \(fingerprint [0-9a-f]{12}\)/);
  const json = await admin.run('settings', 'list', '--json');
  for (const { stdout, stderr } of [listed, json]) expect(stdout + stderr).not.toContain('Kp3xT9');
  service.behaviour = 401;
  expect(await admin.run('settings', 'test', 'groq')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/does not take/),
  });
  const moved = await admin.run('settings', 'set', 'groq.base_url', `${service.url}/v2`);
  expect(moved.stderr).toMatch(/groq\.api_key was entered for the address before/);
  expect((await admin.run('settings', 'clear', 'groq.base_url')).stdout).toBe('groq.base_url is cleared.\n');
});

test('a secret as an argument is refused, unsaved; so is one that nobody gives', async () => {
  expect(await admin.run('settings', 'set', 'kimi.api_key', 'sk-typed')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/is a secret: pipe it in/),
  });
  expect(await admin.run('settings', 'set', 'kimi.api_key')).toMatchObject({ code: 2 });
  expect((await admin.run('settings', 'list', '--group', 'kimi')).stdout).toMatch(/kimi\.api_key +not set/);
  expect(await admin.run('settings', 'set', 'kimi.nothing', 'x')).toMatchObject({ code: 5 });
});
