import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { RepositoryCredentialKind } from '#proto/muster/v1/fleet_pb.js';
import { expectEventually } from '../../testing/index.ts';
import { startFleetBench, type FleetBench } from '../testing/fleet.ts';
import { commit, createRepository } from '../testing/git-repository.ts';
import { startSshServer, type SshServer } from '../testing/ssh-server.ts';

// Each attempt waits for the next poll.
vi.setConfig({ testTimeout: 180_000 });

let bench: FleetBench;
let forge: SshServer;
const fleet = () => bench.plane.admin.clients.fleet;
const find = async (id: string) => (await fleet().listRepositories({})).repositories.find((one) => one.id === id)!;

beforeAll(async () => {
  bench = await startFleetBench({ MUSTER_REPOSITORY_POLL: '1s' });
  const folder = join(bench.root, 'ssh');
  mkdirSync(folder);
  forge = await startSshServer(folder);
});
afterAll(async () => {
  await forge?.stop();
  await bench?.stop();
});

test('a repository is fetched over ssh with its key, from the server whose host key was given, and from no other', async () => {
  const work = createRepository(join(bench.root, 'app'));
  const first = commit(work, 'Begin');
  const { repository } = await fleet().registerRepository({ name: 'app', url: `${forge.url}${work}/.git` });
  const { id } = repository!;
  const use = (privateKey: string, knownHosts: string) =>
    fleet().updateRepository({ repositoryId: id, credential: { case: 'sshKey', value: { privateKey, knownHosts } } });
  const fails = async () => {
    // The second one from now on began after what was changed.
    const wanted = forge.connections() + 2;
    await expectEventually(() => forge.connections() >= wanted, true, 60_000);
    const { fetchError, head } = await find(id);
    expect([fetchError !== '', head]).toEqual([true, undefined]);
  };

  await fails();
  await use(forge.strangeKey, forge.knownHosts);
  await fails();
  await use(forge.key, forge.otherHosts);
  await fails();

  await use(forge.key, forge.knownHosts);
  await expectEventually(async () => (await find(id)).head?.sha, first, 60_000);
  expect(await find(id)).toMatchObject({ fetchError: '', credentialKind: RepositoryCredentialKind.SSH_KEY });
  const next = commit(work, 'Go on');
  await expectEventually(async () => (await find(id)).head?.sha, next, 60_000);
});
