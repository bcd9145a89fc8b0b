import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ComponentState, Evidence } from '#proto/muster/v1/fleet_pb.js';
import { makeSigningKey, provenanceOf, seal } from '../../control-plane/fleet/provenance/testing/sign.ts';
import { eventually } from '../support/eventually.ts';
import { cloneRepository, makeRepository, type TestRepository } from '../support/repository.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';

let system: System;
let host: TestHost;
let upstream: TestRepository;
let deployed: TestRepository;

beforeAll(async () => {
  system = await startSystem({ MUSTER_LOCAL_REPOSITORY_POLL: '300ms' });
  upstream = makeRepository(system.directory, 'web');
  deployed = cloneRepository(upstream, join(system.directory, 'deployed'));
  host = await system.addHost('tester');
}, 600_000);
afterAll(() => system?.stop());

/** What the agent's own config says of `web`. */
function configure(more: { artifact?: string } = {}, process: 'none' | { pid_file: string } = 'none'): void {
  const probe = { kind: 'worktree', path: deployed.path, process };
  const settings = { components: [{ name: 'web', repository: 'web', probe, ...more }] };
  writeFileSync(join(host.dataDir, 'agent.json'), JSON.stringify(settings));
}

const web = async () => {
  const { hosts } = await system.admin.fleet.getFleet({});
  return hosts.find(({ hostId }) => hostId === host.id)?.components.find(({ component }) => component === 'web');
};
const webIs = (state: ComponentState) =>
  eventually(`web is ${ComponentState[state]}`, async () => ((await web())?.state === state ? web() : undefined));

test('a machine turns from current to behind when main moves on, and back when it is brought forward', async () => {
  await system.admin.fleet.registerRepository({ name: 'web', url: upstream.path });
  configure();
  const current = await webIs(ComponentState.CURRENT);
  expect(current.running).toMatchObject({ sha: deployed.git('rev-parse', 'HEAD'), subject: 'Begin' });

  const head = upstream.commit('Change the colour');
  const behind = await webIs(ComponentState.BEHIND);
  expect(behind).toMatchObject({ behind: 1, target: { sha: head, subject: 'Change the colour' } });
  expect(behind.sentence).not.toBe('');
  expect(behind.nextStep).not.toBe('');

  deployed.git('pull', '--quiet');
  await webIs(ComponentState.CURRENT);
});

test('what an agent says is signed with its host key, and verified where CI has signed what is deployed there', async () => {
  const evidenceIs = (wanted: Evidence) =>
    eventually(`the evidence is ${Evidence[wanted]}`, async () => (await web())?.evidence === wanted);
  await evidenceIs(Evidence.SIGNED);
  const artifact = join(system.directory, 'web.tar');
  writeFileSync(artifact, 'built by CI');
  configure({ artifact });
  const ci = makeSigningKey();
  const { repositories } = await system.admin.fleet.listRepositories({});
  const repositoryId = repositories.find(({ name }) => name === 'web')?.id;
  await system.admin.fleet.addProvenanceKey({ repositoryId, name: 'pipeline', publicKey: ci.pem });
  const digest = createHash('sha256').update('built by CI').digest('hex');
  const envelope = seal(provenanceOf(digest, deployed.git('rev-parse', 'HEAD')), ci);
  await system.admin.fleet.publishProvenance({ repository: 'web', envelope });
  await evidenceIs(Evidence.VERIFIED);
  writeFileSync(artifact, 'built by somebody else');
  await evidenceIs(Evidence.SIGNED);
  configure();
});

test('git pull without a restart is not green: it waits for the restart, until another process runs', async () => {
  const pidFile = join(system.directory, 'web.pid');
  const start = () => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    writeFileSync(pidFile, `${child.pid}\n`);
    return child;
  };
  const first = start();
  configure({}, { pid_file: pidFile });
  try {
    await eventually('its process is known', async () => (await web())?.startedAt);
    await webIs(ComponentState.CURRENT);
    upstream.commit('Pull this');
    await webIs(ComponentState.BEHIND);
    deployed.git('pull', '--quiet');
    expect(await webIs(ComponentState.RESTART_PENDING)).toMatchObject({
      sentence: 'main is on disk, but the process that runs was built from an older commit.',
      nextStep: 'Restart it.',
    });
  } finally {
    first.kill('SIGKILL');
  }
  const second = start();
  try {
    await webIs(ComponentState.CURRENT);
  } finally {
    second.kill('SIGKILL');
    configure();
  }
  await webIs(ComponentState.CURRENT);
});

test('a watcher hears of it without asking', async () => {
  const leave = new AbortController();
  const seen: ComponentState[] = [];
  const watching = (async () => {
    for await (const { event } of system.admin.fleet.watchFleet({}, { signal: leave.signal })) {
      const hosts = event.case === 'snapshot' || event.case === 'change' ? event.value.hosts : [];
      const state = hosts.flatMap(({ components }) => components).find(({ component }) => component === 'web')?.state;
      if (state !== undefined) seen.push(state);
    }
  })().catch(() => {});
  await eventually('the snapshot', () => seen.includes(ComponentState.CURRENT));
  upstream.commit('Change the type');
  await eventually('the change', () => seen.at(-1) === ComponentState.BEHIND);
  leave.abort();
  await watching;
  deployed.git('pull', '--quiet');
  await webIs(ComponentState.CURRENT);
});

test('changes that are in no commit, and commits that main does not have, are not green', async () => {
  writeFileSync(join(deployed.path, 'file'), 'changed by hand\n');
  await webIs(ComponentState.DIRTY);
  deployed.git('checkout', '--quiet', '.');
  await webIs(ComponentState.CURRENT);
  deployed.commit('Only here');
  const elsewhere = await eventually('it is not green', async () => {
    const component = await web();
    return component?.state === ComponentState.CURRENT ? undefined : component;
  });
  // The commit exists on the machine only, so the mirror cannot know it.
  expect(elsewhere.state).toBe(ComponentState.UNKNOWN_SHA);
  deployed.git('reset', '--quiet', '--hard', 'HEAD~1');
  await webIs(ComponentState.CURRENT);
});

test.each([
  'ext::sh -c id',
  '/etc',
  'file:///etc',
  '../elsewhere',
  '-uhelp',
  'https://user:password@example.com/x.git',
  'git://example.com/x',
])('the address %s is refused, and the field is named', async (url) => {
  const refused = await system.admin.fleet
    .registerRepository({ name: 'nasty', url })
    .catch((error: unknown) => ConnectError.from(error));
  expect(refused).toMatchObject({ code: Code.InvalidArgument });
});
