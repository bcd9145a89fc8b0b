import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { makeSigningKey, provenanceOf, seal } from '../../control-plane/fleet/provenance/testing/sign.ts';
import { startTestControlPlane } from '../../control-plane/testing/index.ts';
import { makeRepository } from '../../tests/support/repository.ts';
import { freeAddress } from '../testing/free-address.ts';
import { openTerminal } from '../testing/muster.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-cli-fleet-'));
const repository = makeRepository(directory, 'web');
const address = await freeAddress();
const controlPlane = await startTestControlPlane({
  env: { MUSTER_REPOSITORY_ROOTS: directory, MUSTER_LISTEN: address, MUSTER_LOCAL_REPOSITORY_POLL: '100ms' },
});
const admin = openTerminal(controlPlane.url, { MUSTER_TOKEN: controlPlane.admin.token });
afterAll(async () => {
  admin.remove();
  await controlPlane.stop();
  rmSync(directory, { recursive: true });
});

test('repositories are registered, listed with their head, and removed by name', async () => {
  expect((await admin.run('repositories', 'add', 'web', repository.path)).stdout).toMatch(
    /^web \(repo\w+\) is registered/,
  );
  const head = repository.git('rev-parse', 'HEAD').slice(0, 12);
  await vi.waitFor(async () => expect((await admin.run('repositories', 'list')).stdout).toContain(head), 30_000);
  expect((await admin.run('repositories', 'forge', 'web', 'magic')).code).toBe(2);
  expect((await admin.run('repositories', 'forge', 'web', 'gitea')).stdout).toMatch(/^web lies on gitea/);
  expect((await admin.run('repositories', 'forge', 'web', 'auto')).stdout).toMatch(/its commits have no links/);
  expect(await admin.run('repositories', 'add', 'evil', 'ext::sh -c true')).toMatchObject({ code: 2, stdout: '' });
  expect(await admin.run('repositories', 'remove', 'nothing')).toMatchObject({ code: 5 });
  expect((await admin.run('repositories', 'remove', 'web')).code).toBe(0);
  expect((await admin.run('repositories', 'list')).stdout).toMatch(/^There are no repositories/);
});

test('a key of CI is trusted, what it has signed is published, and both can be asked for', async () => {
  const ci = makeSigningKey();
  const [keyFile, envelopeFile] = ['ci.pem', 'app.intoto.json'].map((name) => join(directory, name));
  const head = repository.git('rev-parse', 'HEAD');
  writeFileSync(keyFile!, ci.pem);
  writeFileSync(envelopeFile!, seal(provenanceOf('d'.repeat(64), head), ci)); // two names, two files
  await admin.run('repositories', 'add', 'signed', repository.path);
  expect((await admin.run('repositories', 'publish-provenance', 'signed', envelopeFile!)).stderr).toMatch(
    /trusts no key/,
  );
  expect((await admin.run('repositories', 'trust-key', 'signed', keyFile!, '--name', 'pipeline')).stdout).toMatch(
    /^signed trusts what pipeline signs \(\w{12}\)\.$/m,
  );
  expect((await admin.run('repositories', 'publish-provenance', 'signed', envelopeFile!)).stdout).toBe(
    `sha256:${'d'.repeat(64)} was built from ${head}, signed by pipeline.\n`,
  );
  const shown = await admin.run('repositories', 'provenance', 'signed', '--require');
  expect(shown.stdout).toMatch(/^What is built from signed has to be verified to be green\.[\s\S]*pipeline/);
  expect((await admin.run('repositories', 'provenance', 'signed')).stdout).toMatch(/has to be verified/);
  expect((await admin.run('repositories', 'provenance', 'signed', '--no-require')).stdout).toMatch(
    /may be green without/,
  );
  expect((await admin.run('repositories', 'distrust-key', 'signed', 'pipeline')).code).toBe(0);
  expect((await admin.run('repositories', 'distrust-key', 'signed', 'pipeline')).code).toBe(5);
  await admin.run('repositories', 'remove', 'signed');
});

test('the fleet is one sentence, and JSON for scripts', async () => {
  expect((await admin.run('fleet')).stdout).toMatch(/^\S.*\n/);
  expect(JSON.parse((await admin.run('fleet', '--json')).stdout)).toMatchObject({
    summary: { totalHosts: 0 },
    hosts: [],
  });
});

test(
  'a watched fleet goes on when the control plane comes back, and ends with Ctrl-C',
  { timeout: 120_000 },
  async () => {
    const watch = admin.start('fleet', '--watch', '--json');
    const snapshots = () =>
      watch
        .stdout()
        .split('\n')
        .filter((line) => line.includes('"snapshot"')).length;
    await vi.waitFor(() => expect(snapshots()).toBeGreaterThan(0), 30_000);
    const before = snapshots();
    await controlPlane.replica.stop(100);
    await vi.waitFor(() => expect(watch.stderr()).toContain('is away; trying again'), 30_000);
    await controlPlane.startReplica();
    await vi.waitFor(() => expect(snapshots()).toBeGreaterThan(before), 30_000);
    watch.interrupt();
    expect((await watch.finished).code).toBe(130);
  },
);
