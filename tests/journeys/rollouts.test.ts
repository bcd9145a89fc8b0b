import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ComponentState } from '#proto/muster/v1/fleet_pb.js';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { RolloutState, UpdateState } from '#proto/muster/v1/rollout_pb.js';
import { openTerminal, type MusterTerminal } from '../../cli/testing/muster.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { firstAdmin } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot, startCommand } from '../support/process.ts';
import { cloneRepository, makeRepository, type TestRepository } from '../support/repository.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';

// Commands are run, waited for, and ended; each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 400_000 });

let system: System;
let host: TestHost;
let upstream: TestRepository;
let deployed: TestRepository;
let terminal: MusterTerminal;
let browser: Browser;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  system = await startSystem({ MUSTER_LOCAL_REPOSITORY_POLL: '300ms' });
  terminal = openTerminal(system.url, { MUSTER_TOKEN: system.adminToken });
  upstream = makeRepository(system.directory, 'web');
  deployed = cloneRepository(upstream, join(system.directory, 'deployed'));
  host = await system.addHost('tester');
  configure('git fetch --quiet && git checkout --quiet "$MUSTER_TARGET_SHA" && echo "at $MUSTER_TARGET_SHA"');
  await system.admin.fleet.registerRepository({ name: 'web', url: upstream.path });
  await webIs(ComponentState.CURRENT);
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
}, 600_000);
afterAll(async () => {
  await browser?.close();
  terminal?.remove();
  await system?.stop();
});

/** The host's own config, with this as the line that updates `web`. */
function configure(line: string, more: object = {}, others: object = {}): void {
  const update = { command: ['sh', '-ec', line], directory: deployed.path, ...more };
  const settings = {
    components: [{ name: 'web', repository: 'web', probe: { kind: 'worktree', path: deployed.path, process: 'none' } }],
    updates: { web: update, ...others },
  };
  writeFileSync(join(host.dataDir, 'agent.json'), JSON.stringify(settings));
}

const button = (name: string | RegExp) => page.getByRole('button', { name });
const webIs = (state: ComponentState) =>
  eventually(`web is ${ComponentState[state]}`, async () => {
    const { hosts } = await system.admin.fleet.getFleet({});
    const web = hosts.find(({ hostId }) => hostId === host.id)?.components.find(({ component }) => component === 'web');
    return web?.state === state ? web : undefined;
  });

test('a host is brought to main by the command of its own config, and the command line shows how', async () => {
  const head = upstream.commit('Change the colour');
  await webIs(ComponentState.BEHIND);
  const dry = await terminal.run('rollouts', 'create', 'web', '--repository', 'web', '--all', '--dry-run');
  expect(dry.stdout).toContain('It would update 1 host in 1 batch. Nothing was done.');
  expect(dry.stdout).toContain('tester');
  const done = await terminal.run('rollouts', 'create', 'web', '--repository', 'web', '--all', '--watch');
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(done.stdout).toContain(`tester web | at ${head}\n`);
  expect(done.stdout).toContain('tester web: succeeded\n');
  await webIs(ComponentState.CURRENT);
  const list = await terminal.run('rollouts', 'list', '--json');
  expect(JSON.parse(list.stdout)).toMatchObject({ rollouts: [{ state: 'ROLLOUT_STATE_SUCCEEDED', targetSha: head }] });
});

test('a command that changes nothing fails with what runs, and the command line ends with 1', async () => {
  configure('echo nothing to do');
  upstream.commit('Change the type');
  await webIs(ComponentState.BEHIND);
  const args = ['create', 'web', '--repository', 'web', '--host', 'tester', '--verify-within', '3s', '--watch'];
  const failed = await terminal.run('rollouts', ...args);
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain('tester web | nothing to do\n');
  expect(failed.stderr).toContain('The command ended well, but within 3 s the target');
});

test('a command that never ends is ended, and the host goes back to the commit before', async () => {
  const before = deployed.git('rev-parse', 'HEAD');
  configure('git fetch --quiet && git checkout --quiet "$MUSTER_TARGET_SHA" && sleep 600', {
    timeout: '2s',
    return: ['sh', '-ec', 'git checkout --quiet "$MUSTER_TARGET_SHA"'],
  });
  const { rollout } = await system.admin.rollouts.createRollout({
    repository: 'web',
    components: ['web'],
    selection: { hostIds: [host.id] },
    strategy: { returnOnFailure: true },
  });
  const failed = await eventually('it failed', async () => {
    const now = (await system.admin.rollouts.getRollout({ rolloutId: rollout!.id })).rollout!;
    return now.state === RolloutState.FAILED ? now : undefined;
  });
  expect(failed.updates[0]!.reason).toContain('did not end within 2 s');
  expect(failed.updates[0]!.reason).toContain(`It was returned to ${before.slice(0, 7)}.`);
  expect(deployed.git('rev-parse', 'HEAD')).toBe(before);
});

test('in the console a rollout is planned with its hosts in sight, followed line by line, paused, resumed and aborted', async () => {
  const go = join(system.directory, 'go');
  configure(
    `echo fetching; git fetch --quiet; while [ ! -e ${go} ]; do sleep 0.1; done; git checkout --quiet "$MUSTER_TARGET_SHA"; echo restarted`,
  );
  upstream.commit('Change the type again');
  await webIs(ComponentState.BEHIND);
  const pinned = { hostId: host.id, component: 'web' };
  const sha = deployed.git('rev-parse', 'HEAD');
  await system.admin.fleet.pinComponent({ ...pinned, sha, reason: 'The printer needs it' });
  await page.goto(system.url);
  await page.getByRole('textbox', { name: 'Email' }).fill(firstAdmin.email);
  await page.getByLabel('Password', { exact: true }).fill(firstAdmin.password);
  await button('Sign in').click();
  await page.getByRole('link', { name: 'Roll out' }).click();
  await page.getByRole('heading', { name: 'Start a rollout' }).waitFor();
  await page.getByRole('textbox', { name: 'Commit' }).fill('abc123');
  await button('Start rollout').click();
  await page.getByText('Give the full commit id').waitFor();
  await page.getByRole('textbox', { name: 'Commit' }).fill('');
  await page.getByText(/everything in it is pinned at another commit/).waitFor();
  await page.getByRole('checkbox', { name: 'Move what is pinned, too' }).check();
  await page.getByText('It would update 1 host in 1 batch. Nothing was done.').waitFor();
  await page.getByRole('list', { name: 'Batches' }).getByText('tester').waitFor();
  await page.getByRole('textbox', { name: 'Why' }).fill('The type was wrong.');
  await inspect(page, 'rollout-plan');
  await button('Start rollout').click();

  await page.getByText('1 under way').first().waitFor();
  await page.getByLabel('Output').getByText('fetching').waitFor();
  await button('Pause').click();
  await page.getByText(`Paused by ${firstAdmin.name}: 0 of 1 update done, 1 still under way.`).waitFor();
  await inspect(page, 'rollout-live');
  await button('Resume').click();
  writeFileSync(go, '');
  await page.getByText('1 of 1 update reported the target.').waitFor();
  await page.getByLabel('Output').getByText('restarted').waitFor();
  await button('Log of tester').click();
  await page.getByRole('heading', { name: 'What tester writes' }).waitFor();
  await page.getByText('Moved, too; its pin stays').waitFor();
  await inspect(page, 'rollout-done');
  await system.admin.fleet.unpinComponent(pinned);

  configure('echo stuck; sleep 600');
  upstream.commit('Change the layout');
  await webIs(ComponentState.BEHIND);
  await page.goto(`${system.url}/hosts/${host.id}`);
  await page.getByRole('link', { name: 'Update web' }).click();
  await page.getByText('It would update 1 host in 1 batch. Nothing was done.').waitFor();
  await button('Start rollout').click();
  await page.getByLabel('Output').getByText('stuck').waitFor();
  await button('Abort').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Abort rollout' }).click();
  await page.getByText(`It was aborted by ${firstAdmin.name}.`).waitFor();
  await page.getByText(/The rollout was aborted while its command ran/).waitFor();
  await page.getByRole('link', { name: 'Rollouts' }).first().click();
  await page.getByRole('table', { name: 'Rollouts' }).getByText('Aborted', { exact: true }).waitFor();
  await inspect(page, 'rollouts');
  expect(trouble).toEqual([]);
});

/** The agent's own sources as a repository, a clone of it with what it needs to run, and what starts it there again and again. */
function superviseAgent(): { source: TestRepository; clone: TestRepository; pidFile: string } {
  const source = makeRepository(system.directory, 'muster');
  for (const part of ['host-agent', 'proto', 'package.json'])
    cpSync(join(repositoryRoot, part), join(source.path, part), { recursive: true });
  writeFileSync(join(source.path, '.gitignore'), 'node_modules\n');
  source.commit('The agent');
  const clone = cloneRepository(source, join(system.directory, 'agent'));
  symlinkSync(join(repositoryRoot, 'node_modules'), join(clone.path, 'node_modules'));
  const pidFile = join(system.directory, 'agent.pid');
  const supervisor = [
    `trap 'kill "$child"; wait "$child"; exit 0' TERM`,
    'while :; do "$1" host-agent/main.ts run --data-dir "$2" & child=$!; echo "$child" > "$3"; wait "$child"; sleep 0.2; done',
  ];
  const args = ['-c', supervisor.join('\n'), 'supervisor', process.execPath, host.dataDir, pidFile];
  host.agent = startCommand('agent under a supervisor', 'sh', args, { cwd: clone.path });
  return { source, clone, pidFile };
}

test('the agent updates itself by a command that restarts it, its sandboxes run on, and the rollout is done when the new one says so', async () => {
  await host.agent.stop();
  const { source, clone, pidFile } = superviseAgent();
  await system.admin.fleet.registerRepository({ name: 'muster', url: source.path });
  const agentRuns = (sha: string) =>
    eventually(
      `the agent runs ${sha}`,
      async () => {
        const { hosts } = await system.admin.fleet.getFleet({ repository: 'muster', hostId: host.id });
        const [own] = hosts[0]?.components ?? [];
        return own?.running?.sha === sha && own.state === ComponentState.CURRENT ? own : undefined;
      },
      180_000,
    );
  await agentRuns(source.git('rev-parse', 'HEAD'));
  const before = readFileSync(pidFile, 'utf8');
  const { sandbox } = await system.admin.sandboxes.createSandbox({});
  const sandboxId = sandbox!.id;
  await system.admin.processes.startProcess({ sandboxId, argv: ['sleep', '100000'] });
  const processes = async () =>
    (await system.admin.processes.listProcesses({ sandboxId })).processes.map(({ id, pid, state, startedAt }) => ({
      id,
      pid,
      state,
      startedAt,
    }));
  const running = await processes();

  configure(
    'exit 1',
    {},
    {
      'muster-agent': {
        command: [
          'sh',
          '-ec',
          `git fetch --quiet; git checkout --quiet "$MUSTER_TARGET_SHA"; kill "$(cat ${pidFile})"; echo back`,
        ],
        directory: clone.path,
      },
    },
  );
  const head = source.commit('A better agent');
  await eventually('the new agent is seen', async () => {
    const { repositories } = await system.admin.fleet.listRepositories({});
    return repositories.find(({ name }) => name === 'muster')?.head?.sha === head;
  });
  const { rollout } = await system.admin.rollouts.createRollout({
    repository: 'muster',
    components: ['muster-agent'],
    selection: { all: true },
    strategy: { verifyWithin: { seconds: 600n } },
  });
  const done = await eventually(
    'it is over',
    async () => {
      const now = (await system.admin.rollouts.getRollout({ rolloutId: rollout!.id })).rollout!;
      return now.endedAt ? now : undefined;
    },
    180_000,
  );
  expect(done.updates).toMatchObject([{ state: UpdateState.SUCCEEDED, runningSha: head, lastLine: 'back' }]);
  await agentRuns(head);
  expect(readFileSync(pidFile, 'utf8')).not.toBe(before);
  await eventually('the agent answers again', async () => {
    const { host: seen } = await system.admin.hosts.getHost({ hostId: host.id });
    return seen?.status === HostStatus.ONLINE && seen.connected;
  });
  expect(await processes()).toEqual(running);
});
