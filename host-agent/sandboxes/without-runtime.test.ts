import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSandboxes } from './index.ts';
import { Place } from './testing/place.ts';

test('without a runtime everything answers, with the sentence that says what is missing', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-none-'));
  const sandboxes = await openSandboxes({
    dataDir,
    cacheDir: join(dataDir, 'cache'),
    runtime: '/no/such/runtime',
    cgroupParent: 'muster-test-none',
    ids: { first: 4_000_000_000, sandboxes: 4 },
  });
  const problem = 'The configured OCI runtime /no/such/runtime is not installed, or is neither crun nor runc.';
  expect(sandboxes.capabilities()).toEqual({
    runtime: '',
    runtimeProblem: problem,
    egressProblem: expect.stringContaining('gives its sandboxes no network'),
    layers: [],
    templates: [],
    templateDigests: [],
  });
  const spec = {
    sandboxId: 'sbx000000000001',
    attempt: 1,
    template: 'base',
    limits: { cpu: 1, memoryMib: 64, diskMib: 64, pids: 64 },
    env: {},
    hostname: '',
    onDisconnect: 'pause',
  } as const;
  await expect(sandboxes.create(spec)).rejects.toMatchObject({ reason: 'no_runtime', message: problem });
  await expect(sandboxes.pause('sbx000000000001', 1)).rejects.toMatchObject({ reason: 'not_found' });
  expect(await sandboxes.destroy('sbx000000000002', 1)).toEqual({ lastLog: '' });
  expect(sandboxes.inventory()).toMatchObject({ sandboxes: [], ended: [{ attempt: 1 }, { attempt: 1 }] });
  await sandboxes.pauseAll('why');
  await sandboxes.resumePausedByAgent();
  await sandboxes.close();
  rmSync(dataDir, { recursive: true });
});

test('without root everything answers, too', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-nobody-'));
  chownSync(dataDir, 65_534, 65_534);
  const options = { dataDir, cacheDir: dataDir, cgroupParent: 'none', ids: { first: 4_000_000_000, sandboxes: 4 } };
  const script = `
    import { openSandboxes } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    const sandboxes = await openSandboxes(${JSON.stringify(options)});
    console.log(sandboxes.capabilities().runtimeProblem);
    await sandboxes.close();`;
  const nobody = { uid: 65_534, gid: 65_534, cwd: '/', encoding: 'utf8' } as const;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], nobody);
  expect(said).toBe('Sandboxes need root: start the agent as root.\n');
  rmSync(dataDir, { recursive: true });
});

test('runc serves as well', async () => {
  const place = await Place.open({ runtime: 'runc' });
  expect(place.sandboxes.capabilities().runtime).toMatch(/^runc /);
  const id = await place.create();
  expect((await place.run(id, 'id -u; cat /proc/self/uid_map | wc -l')).stdout).toBe('0\n1\n');
  await place.sandboxes.pause(id, 1);
  await place.sandboxes.resume(id, 1);
  await place.reopen();
  expect((await place.run(id, 'echo here')).stdout).toBe('here\n');
  await place.close();
});
