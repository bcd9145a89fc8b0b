import { execFileSync, spawnSync } from 'node:child_process';
import { createReadStream, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SnapshotService, SnapshotState, type Snapshot } from '#proto/muster/v1/snapshot_pb.js';
import { TemplateService, TemplateState, CreateTemplateRequestSchema } from '#proto/muster/v1/template_pb.js';
import { eventually } from '../support/eventually.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';
import { keptRoot } from './kept-root.ts';
import { startRegistry, type Registry } from './registry.ts';
import { makeSmallRoot } from './small-root.ts';

let system: System;
let hosts: TestHost[];
let registry: Registry;
let root: string;
beforeAll(async () => {
  system = await startSystem();
  hosts = [await system.addHost('one'), await system.addHost('two')];
  root = await makeSmallRoot('hello from the image');
  registry = await startRegistry(root);
}, 400_000);
afterAll(async () => {
  await registry?.stop();
  if (root) rmSync(root, { recursive: true });
  await system?.stop();
});

const transport = () =>
  createConnectTransport({
    baseUrl: system.url,
    httpVersion: '2',
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${system.adminToken}`);
        return next(request);
      },
    ],
  });
const snapshots = () => createClient(SnapshotService, transport());
const templates = () => createClient(TemplateService, transport());
const limits = { memoryMib: 64, diskMib: 128 };
const create = async (template = 'base') => (await system.admin.sandboxes.createSandbox({ template, limits })).sandbox!;
const destroy = (sandboxId: string) => system.admin.sandboxes.destroySandbox({ sandboxId });

async function run(sandboxId: string, line: string): Promise<string> {
  let output = '';
  for await (const { event } of system.admin.processes.run({ sandboxId, argv: ['sh', '-c', line] }))
    if (event.case === 'stdout' || event.case === 'stderr') output += Buffer.from(event.value).toString();
  return output;
}

const stored = (snapshotId: string): Promise<Snapshot> =>
  eventually(
    'the store has it',
    async () => {
      const { snapshot } = await snapshots().getSnapshot({ snapshotId });
      return snapshot?.stored ? snapshot : undefined;
    },
    120_000,
  );

const hasLayer = (host: TestHost, digest: string): boolean => existsSync(join(host.dataDir, 'layers', digest.slice(7)));

test('a snapshot is used on another host, survives kills on the way, and is deleted everywhere', async () => {
  const source = await create();
  await run(
    source.id,
    'echo kept > /root/file; head -c 60000000 /dev/urandom > /root/big; md5sum /root/big > /root/sum; rm /etc/debian_version',
  );
  const { snapshot } = await snapshots().createSnapshot({ sandboxId: source.id, name: 'moved' });
  expect(snapshot).toMatchObject({ state: SnapshotState.READY, hostIds: [source.hostId] });
  const origin = hosts.find(({ id }) => id === source.hostId)!;
  const other = hosts.find(({ id }) => id !== source.hostId)!;
  // While it is on its way to the store, both ends are killed.
  const parts = join(system.directory, 'control-plane/layers');
  await eventually('something of it has come', () => existsSync(parts) && readdirSync(parts).length > 0);
  origin.agent.signal('SIGKILL');
  await system.controlPlane.process.stop(0);
  await origin.agent.ended;
  origin.start();
  await system.restartControlPlane();
  await stored(snapshot!.id);

  const copy = await eventually(
    'the other host takes one',
    async () => {
      const made = await create(snapshot!.id);
      if (made.hostId === other.id) return made;
      await destroy(made.id);
      return undefined;
    },
    60_000,
  );
  expect(hasLayer(other, snapshot!.digest)).toBe(true);
  expect(await run(copy.id, 'cat /root/file; md5sum -c /root/sum; ls /etc/debian_version 2>&1')).toBe(
    "kept\n/root/big: OK\nls: cannot access '/etc/debian_version': No such file or directory\n",
  );

  other.agent.signal('SIGKILL');
  await other.agent.ended;
  await snapshots().deleteSnapshot({ snapshotId: snapshot!.id });
  await destroy(copy.id);
  await eventually(
    'the origin has lost it',
    () => !existsSync(join(origin.dataDir, 'layers', `${snapshot!.digest.slice(7)}.tar`)),
    60_000,
  );
  other.start();
  await eventually('the other one, too, once it is back', () => !hasLayer(other, snapshot!.digest), 60_000);
  await eventually('and the store', () => !readdirSync(parts).includes(snapshot!.digest.slice(7)), 60_000);
  await destroy(source.id);
}, 300_000);

async function build(request: MessageInitShape<typeof CreateTemplateRequestSchema>) {
  const told: string[] = [];
  for await (const { event } of templates().createTemplate(request)) {
    if (event.case === 'progress') told.push(event.value.message);
    else if (event.case === 'template') return { template: event.value, told };
  }
  throw new Error('the stream has no end');
}

async function buildFromTarball(name: string, tarball: string) {
  async function* parts() {
    for await (const data of createReadStream(tarball, { highWaterMark: 500_000 })) yield { data: data as Buffer };
  }
  const { digest } = await templates().uploadTarball(parts());
  return build({ name, source: { case: 'tarballDigest', value: digest } });
}

test('a sandbox is forked as it is now, and each goes its own way', async () => {
  const source = await create();
  await run(source.id, 'echo one > /root/file; ln -s file /root/link; chmod 640 /root/file; sleep 1000 > /dev/null &');
  const { sandboxes: forks, problems } = await snapshots().forkSandbox({ sandboxId: source.id, count: 3 });
  expect({ problems, count: forks.length }).toEqual({ problems: [], count: 3 });
  await run(source.id, 'echo changed > /root/file');
  await Promise.all(
    forks.map(async ({ id }, number) => {
      // Its files; none of its processes.
      const look = 'cat /root/link; stat -c %a /root/file; pgrep -c sleep';
      expect(await run(id, look)).toBe('one\n640\n0\n');
      await run(id, `echo ${number} > /root/file`);
    }),
  );
  const contents = await Promise.all([source, ...forks].map(({ id }) => run(id, 'cat /root/file')));
  expect(contents).toEqual(['changed\n', '0\n', '1\n', '2\n']);
  expect((await snapshots().listSnapshots({})).snapshots).toEqual([]);
  await Promise.all([source, ...forks].map(({ id }) => destroy(id)));
}, 120_000);

test('a template is built from Debian packages, from the mirror of the machine, and runs', async () => {
  const packages = ['hello'];
  const kept = keptRoot(packages);
  const isBuilt = !kept.isThere();
  const { template, told } = isBuilt
    ? await build({ name: 'debian', source: { case: 'debianPackages', value: { packages } } })
    : await buildFromTarball('debian', kept.path);
  // Its reason, and what its builder said.
  expect({ ...template, told }).toMatchObject({ state: TemplateState.READY, version: 1 });
  const archives = hosts.map(({ dataDir }) => join(dataDir, 'layers', `${template.digest.slice(7)}.tar`));
  if (isBuilt) kept.keep(archives.find((path) => existsSync(path))!);
  const sandbox = await create('debian');
  const look = 'hello; dpkg-query -W -f "\\${Status}\\n" hello; id -un; getent hosts localhost; ls /etc/hostname 2>&1';
  expect(await run(sandbox.id, look)).toMatch(
    /^Hello, world!\ninstall ok installed\nroot\n::1 +localhost .*\nls: cannot access '\/etc\/hostname'/,
  );
  await destroy(sandbox.id);
  await templates().deleteTemplate({ templateId: template.id });
}, 900_000);

test('a template is pulled from a registry, with a password that nobody keeps', async () => {
  const image = { reference: registry.image, username: registry.username, password: 'wrong', insecure: true };
  const refused = await build({ name: 'greeting', source: { case: 'ociImage', value: image } });
  expect(refused.template).toMatchObject({
    state: TemplateState.FAILED,
    reason: expect.stringContaining('skopeo failed'),
  });
  const value = { ...image, password: registry.password };
  const { template, told } = await build({ name: 'greeting', source: { case: 'ociImage', value } });
  expect(template).toMatchObject({ state: TemplateState.READY, version: 2, source: `image ${registry.image}` });
  expect(told).toContain('Making a layer of it');
  const sandbox = await create('greeting');
  expect(await run(sandbox.id, 'cat /greeting')).toBe('hello from the image');
  const written = [system.controlPlane.process, ...hosts.map(({ agent }) => agent)].map((one) => one.output()).join('');
  // In whatever form: as it is, or as it goes into a header.
  const login = Buffer.from(`${registry.username}:${registry.password}`).toString('base64');
  for (const secret of [registry.password, login]) {
    expect(written).not.toContain(secret);
    const { status } = spawnSync('grep', ['--recursive', '--fixed-strings', '--quiet', secret, system.directory]);
    expect([1, 2]).toContain(status); // found nowhere; 2 where something went away meanwhile
  }
  await destroy(sandbox.id);
  await templates().deleteTemplate({ templateId: template.id });
  await expect(create('greeting')).rejects.toThrow('without this template ready');
});

test('a template is made from a tarball, from a snapshot, and old versions go when nothing stands on them', async () => {
  const tarball = join(system.directory, 'root.tar.gz');
  execFileSync('tar', ['-C', root, '-czf', tarball, '.']);
  const { template } = await buildFromTarball('mine', tarball);
  expect(template).toMatchObject({ state: TemplateState.READY, version: 1 });
  const first = await create('mine');
  expect(await run(first.id, 'cat /greeting; echo more > /root/more')).toBe('hello from the image');

  const { snapshot } = await snapshots().createSnapshot({ sandboxId: first.id });
  const newer = await build({ name: 'mine', source: { case: 'snapshotId', value: snapshot!.id } });
  expect(newer.template).toMatchObject({ state: TemplateState.READY, version: 2 });
  await snapshots().deleteSnapshot({ snapshotId: snapshot!.id });
  const second = await create('mine');
  expect(await run(second.id, 'cat /greeting /root/more')).toBe('hello from the imagemore\n');
  const listed = await templates().listTemplates({});
  expect(listed.templates.map(({ name, version }) => [name, version])).toContainEqual(['mine', 2]);
  await destroy(first.id);
  await destroy(second.id);
});
