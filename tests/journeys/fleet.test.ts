import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
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

const web = async () => {
  const { hosts } = await system.admin.fleet.getFleet({});
  return hosts.find(({ hostId }) => hostId === host.id)?.components.find(({ component }) => component === 'web');
};
const webIs = (state: ComponentState) =>
  eventually(`web is ${ComponentState[state]}`, async () => ((await web())?.state === state ? web() : undefined));

test('a machine turns from current to behind when main moves on, and back when it is brought forward', async () => {
  await system.admin.fleet.registerRepository({ name: 'web', url: upstream.path });
  writeFileSync(
    join(host.dataDir, 'agent.json'),
    JSON.stringify({
      components: [
        { name: 'web', repository: 'web', probe: { kind: 'worktree', path: deployed.path, process: 'none' } },
      ],
    }),
  );
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
