import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ApiKeyService, KeyRole } from '#proto/muster/v1/api_key_pb.js';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { buildConsole } from '../../local/console/build.ts';
import { startRegistry, type Registry } from '../snapshots/registry.ts';
import { makeSmallRoot } from '../snapshots/small-root.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { clientsFor, firstAdmin, type Clients } from '../support/clients.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';
import { shell } from '../support/run.ts';
import { startSystem, type System } from '../support/system.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

let system: System;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let trouble: string[];
let alphaId: string;
let registry: Registry | undefined;

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  system = await startSystem();
  await system.addHost('first');
  const quota = { sandboxes: 8, cpu: 8, memoryMib: 4096n, diskMib: 32_768n, snapshots: 3, noExpiry: true };
  await system.admin.teams.setTeamQuota({ teamId: await teamId(), quota });
  browser = await launchBrowser();
  context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
  await page.goto(`${system.url}/sign-in`);
  await field('Email').fill(firstAdmin.email);
  await page.getByLabel('Password', { exact: true }).fill(firstAdmin.password);
  await button('Sign in').click();
  await heading('Fleet').waitFor();
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await registry?.stop();
  await system?.stop();
});

const teamId = async () => (await system.admin.auth.getCaller({})).caller!.activeTeamId;
const open = (path: string) => page.goto(system.url + path);
const heading = (name: string) => page.getByRole('heading', { name, exact: true });
const button = (name: string | RegExp) => page.getByRole('button', { name });
const field = (name: string) => page.getByRole('textbox', { name });
const patiently = { timeout: patienceMs };
/** With the head of the table. */
const shows = (sandboxes: number) => expect.poll(() => page.getByRole('row').count(), patiently).toBe(sandboxes + 1);
const dialog = () => page.getByRole('dialog');
const row = (name: string) => page.getByRole('row').filter({ hasText: name });
const observed = async (sandboxId: string) =>
  (await system.admin.sandboxes.getSandbox({ sandboxId })).sandbox!.observed;

async function choose(label: string, option: string | RegExp): Promise<void> {
  await dialog().getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option }).click();
}

async function more(action: string): Promise<void> {
  await button('More actions').click();
  await page.getByRole('menuitem', { name: action }).click();
}

test('a sandbox is created with its limits held against the quota, an end, a network and labels', async () => {
  await open('/sandboxes');
  await page.getByText('No sandboxes').waitFor();
  await button('Create sandbox').first().click();
  await dialog().getByRole('textbox', { name: 'Name' }).fill('alpha');
  const quota = dialog().getByRole('region', { name: /quota/ });
  await quota.getByText('1 of 8').waitFor();
  await dialog().getByRole('spinbutton', { name: 'Memory' }).fill('5000');
  await quota.getByText(/More than your team may use: memory/).waitFor();
  await dialog().getByRole('spinbutton', { name: 'Memory' }).fill('128');
  await quota.getByText(/this included/).waitFor();
  await choose('Lifetime', '4 hours');
  await choose('At its end', /Stop it/);
  await dialog()
    .getByRole('button', { name: /Network, metadata/ })
    .click();
  await choose('Network', 'Out to other machines');
  await dialog().getByRole('button', { name: 'Add a rule' }).click();
  await field('Addresses of rule 1').fill('no address');
  await dialog().getByRole('button', { name: 'Create sandbox' }).click();
  await dialog()
    .getByText(/is no range of addresses/)
    .waitFor();
  await inspect(page, 'sandbox-create');
  await choose('Network', 'None');
  await dialog().getByRole('button', { name: 'Add a pair' }).click();
  await field('Key of pair 1').fill('branch');
  await field('Value of pair 1').fill('main');
  await dialog().getByRole('button', { name: 'As command' }).click();
  await dialog()
    .getByText(/--on-expiry stop --network none --metadata branch=main/)
    .waitFor();
  await dialog().getByRole('button', { name: 'Create sandbox' }).click();
  await heading('alpha').waitFor();
  await page.getByText('Running').first().waitFor();
  alphaId = /sbx\w+/.exec(page.url())![0];
  await page
    .getByText(/is stopped in 3:5\d:\d\d/)
    .first()
    .waitFor();
});

test('renewing shows what is left, and sets a new end', async () => {
  await button('Renew').click();
  await dialog()
    .getByText(/It is stopped in 3:5/)
    .waitFor();
  await choose('Lifetime from now', '1 day');
  await dialog().getByRole('button', { name: 'Renew sandbox' }).click();
  await page
    .getByText(/is stopped in 23:59/)
    .first()
    .waitFor();
});

test('a snapshot is taken, has its own address, and forks begin with its files', async () => {
  await shell(system.admin, alphaId, 'echo kept > /root/note');
  await more('Take a snapshot');
  await field('What it is for').fill('before the upgrade');
  await dialog().getByRole('button', { name: 'Take snapshot' }).click();
  await dialog().getByText('sha256:').first().waitFor();
  expect(page.url()).toContain('snapshot=snap');
  await page.reload();
  await dialog().getByText('before the upgrade').first().waitFor();
  await inspect(page, 'snapshot');
  await dialog().getByRole('button', { name: 'Close' }).first().click();

  await open(`/sandboxes/${alphaId}`);
  await more('Fork');
  await dialog().getByRole('spinbutton', { name: 'How many' }).fill('2');
  await choose('Its files', /before the upgrade/);
  await dialog().getByRole('button', { name: 'Add a pair' }).click();
  await field('Key of pair 1').fill('branch');
  await field('Value of pair 1').fill('next');
  await dialog().getByRole('button', { name: 'Make 2 forks' }).click();
  await heading('Sandboxes').waitFor();
  const { sandboxes } = await system.admin.sandboxes.listSandboxes({ metadata: { branch: 'next' } });
  expect(sandboxes).toHaveLength(2);
  expect((await shell(system.admin, sandboxes[0]!.id, 'cat /root/note')).stdout).toBe('kept\n');
});

test('filters by state, host and owner stand in the address, which shows the same to whoever opens it', async () => {
  const robot = await makeRobot();
  const { sandbox } = await robot.sandboxes.createSandbox({ metadata: { name: 'nightly' } });
  await robot.sandboxes.pauseSandbox({ sandboxId: sandbox!.id });
  await open('/sandboxes');
  await shows(4);
  await page.getByRole('combobox', { name: 'Owner' }).selectOption('by robot');
  await shows(1);
  await page.getByRole('combobox', { name: 'Host' }).selectOption('on first');
  await page.getByRole('group', { name: 'Sandboxes by state' }).getByRole('button', { name: 'Paused' }).click();
  await page.waitForURL(({ searchParams }) => ['state', 'host', 'owner'].every((name) => searchParams.has(name)));
  await page.reload();
  await row('nightly').waitFor();
  await shows(1);
  const shared = page.url();
  await page.goto(shared.replace('paused', 'running'));
  await page.getByText('No sandbox passes this filter').waitFor();
  await page.goto(shared.replace(/host=host\w+/, 'host=gone'));
  await page.getByText('No sandbox passes this filter').waitFor();
  await robot.sandboxes.destroySandbox({ sandboxId: sandbox!.id });
});

test('filters stand in the address, and what they leave can be acted on at once', async () => {
  await open('/sandboxes');
  await page.getByRole('combobox', { name: 'Label' }).selectOption('branch=next');
  await shows(2);
  expect(page.url()).toContain('label=branch');
  await page.reload();
  await shows(2);
  await page.getByRole('combobox', { name: 'Idle' }).selectOption('1d');
  await page.getByText('No sandbox passes this filter').waitFor();
  await button('Show all sandboxes').click();
  await shows(3);

  await page.getByRole('combobox', { name: 'Label' }).selectOption('branch=next');
  await page.getByRole('checkbox', { name: 'Choose all' }).check();
  const bar = page.getByRole('region', { name: 'With the chosen sandboxes' });
  await bar.getByText('2 chosen').waitFor();
  await inspect(page, 'sandboxes-chosen');
  await bar.getByRole('button', { name: 'Pause' }).click();
  await dialog().getByRole('button', { name: 'Pause 2 sandboxes' }).click();
  await expect.poll(() => row('Paused').count(), patiently).toBe(2);
  await page.getByRole('checkbox', { name: 'Choose all' }).check();
  await bar.getByRole('button', { name: 'Destroy' }).click();
  await dialog().getByRole('button', { name: 'Destroy 2 sandboxes' }).click();
  await dialog()
    .getByText(/exactly to go on/)
    .waitFor();
  await dialog().getByRole('textbox').fill('2 sandboxes');
  await dialog().getByRole('button', { name: 'Destroy 2 sandboxes' }).click();
  await page.getByText('No sandbox passes this filter').waitFor();
});

test('stopping ends processes and keeps files, starting goes on', async () => {
  await open(`/sandboxes/${alphaId}`);
  await more('Stop');
  await dialog().getByRole('button', { name: 'Stop alpha' }).click();
  await button('Start').waitFor();
  expect(await observed(alphaId)).toBe(ObservedState.STOPPED);
  await button('Start').click();
  await button('Pause').waitFor();
  await expect.poll(() => observed(alphaId), patiently).toBe(ObservedState.RUNNING);
  expect((await shell(system.admin, alphaId, 'cat /root/note')).stdout).toBe('kept\n');
});

test('the timeline tells each state with its reason, the newest first, as it happens', async () => {
  const events = page.getByRole('list', { name: 'What happened' }).getByRole('listitem');
  await button('Pause').click();
  await button('Resume').waitFor();
  await button('Resume').click();
  await button('Pause').waitFor();
  const told = async () => (await events.allInnerTexts()).join(' ');
  await expect
    .poll(told, patiently)
    .toMatch(
      /^Running[^]*Paused[^]*Asked to resume\.[^]*Paused[^]*Running[^]*Asked to pause\.[^]*Stopped[^]*Asked to start\.[^]*Stopped[^]*Asked to stop\./,
    );
});

test('metrics are charts that can be read by keyboard, and logs say who wrote what', async () => {
  await system.admin.processes.startProcess({
    sandboxId: alphaId,
    name: 'worker',
    argv: ['sh', '-c', 'echo begun; echo trouble >&2; while :; do :; done'],
  });
  await open(`/sandboxes/${alphaId}/metrics`);
  const cpu = page.getByRole('slider', { name: 'CPU' });
  const reading = () => cpu.getAttribute('aria-valuetext');
  await expect.poll(reading, patiently).toMatch(/at most (0\.[1-9]|1\.)/);
  await cpu.focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(reading, patiently).toMatch(/^\d\d:\d\d:\d\d: CPU \d/);
  await page.keyboard.press('Escape');
  await inspect(page, 'sandbox-metrics');
  await button('1 day').click();
  await page.waitForURL(/fine=minutes/);

  await open(`/sandboxes/${alphaId}/logs`);
  await button(/worker/).click();
  await page.getByLabel('Output').getByText('begun').waitFor();
  await page.getByLabel('Output').getByText('trouble').waitFor();
  await inspect(page, 'sandbox-logs');
});

test('templates are made from a snapshot and a tarball, and deleted by name with what depends on them named', async () => {
  await open('/templates');
  await page.getByText('No templates of your own').waitFor();
  await open('/snapshots');
  await button('Actions for before the upgrade').click();
  await page.getByRole('menuitem', { name: 'Make it a template' }).click();
  await dialog().getByRole('textbox', { name: 'Name' }).fill('tools');
  await inspect(page, 'template-create');
  await dialog().getByRole('button', { name: 'Create template' }).click();
  await dialog().getByRole('heading', { name: 'tools, version 1', exact: true }).waitFor();
  const { sandbox } = await system.admin.sandboxes.createSandbox({ template: 'tools', metadata: { name: 'built' } });
  expect((await shell(system.admin, sandbox!.id, 'cat /root/note')).stdout).toBe('kept\n');

  await open('/templates?dialog=create');
  await dialog().getByRole('textbox', { name: 'Name' }).fill('from-tarball');
  await dialog().getByText('Tarball', { exact: true }).click();
  await dialog().getByLabel('File').setInputFiles(makeTarball());
  await dialog().getByRole('button', { name: 'Create template' }).click();
  await dialog().getByRole('heading', { name: 'from-tarball, version 1', exact: true }).waitFor();
  await dialog().getByRole('button', { name: 'Close' }).first().click();
  await row('tools').getByText('Ready').waitFor();
  await inspect(page, 'templates');

  await button('Actions for tools').click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await dialog().getByText('built').waitFor();
  await dialog().getByRole('textbox').fill('tools');
  await dialog().getByRole('button', { name: 'Delete tools' }).click();
  await dialog().waitFor({ state: 'detached' });
  await row('tools').waitFor({ state: 'detached' });
  expect(await observed(sandbox!.id)).toBe(ObservedState.RUNNING);
});

test('a template is built from an image: how far it is is seen, what fails says why, and a sandbox of it is paused at its end', async () => {
  const root = await makeSmallRoot('hello from the image');
  registry = await startRegistry(root);
  rmSync(root, { recursive: true });
  await open('/templates?dialog=create');
  await dialog().getByRole('textbox', { name: 'Name' }).fill('from-image');
  await field('Image').fill(registry.image);
  await field('User of the registry').fill(registry.username);
  const password = dialog().getByLabel('Password or token', { exact: true });
  await password.fill('wrong');
  await dialog().getByRole('checkbox', { name: 'Do not verify the registry' }).check();
  const build = dialog().getByRole('button', { name: 'Create template' });
  await build.click();
  await dialog()
    .getByRole('alert')
    .getByText(/skopeo failed/)
    .waitFor();

  await password.fill(registry.password);
  registry.signal('SIGSTOP');
  try {
    await build.click();
    const progress = dialog().getByRole('progressbar', { name: `Pulling ${registry.image}` });
    await progress.waitFor();
    expect(await progress.getAttribute('aria-valuenow')).toBe('5');
    await inspect(page, 'template-building');
  } finally {
    registry.signal('SIGCONT');
  }
  await dialog().getByRole('heading', { name: 'from-image, version 2', exact: true }).waitFor();
  await dialog().getByRole('link', { name: 'Create a sandbox from it' }).click();
  await heading('from-image, version 2').waitFor({ state: 'detached' });
  await dialog().getByRole('textbox', { name: 'Name' }).fill('imaged');
  await choose('At its end', 'Pause it');
  await dialog().getByRole('button', { name: 'Create sandbox' }).click();
  await heading('imaged').waitFor();
  await page
    .getByText(/is paused in 59:/)
    .first()
    .waitFor();
  const sandboxId = /sbx\w+/.exec(page.url())![0];
  expect((await shell(system.admin, sandboxId, 'cat /greeting')).stdout).toBe('hello from the image');
});

test('whoever looks on sees what time does: one is paused and goes on when it is renewed, another one is gone', async () => {
  const [imaged, built] = await Promise.all(
    ['imaged', 'built'].map(async (name) => {
      const { sandboxes } = await system.admin.sandboxes.listSandboxes({ metadata: { name } });
      return sandboxes[0]!.id;
    }),
  );
  const beside = await context.newPage();
  beside.setDefaultTimeout(patienceMs);
  await beside.goto(`${system.url}/sandboxes/${built}/files`);
  await beside.getByText(/is destroyed in \d\d:/).waitFor();
  for (const sandboxId of [imaged!, built!])
    await system.admin.sandboxes.renewSandbox({ sandboxId, timeout: { seconds: 10n } });

  await button('Resume').waitFor();
  await page.getByText(/^On first\. Its time was over\.$/).waitFor();
  expect(await page.getByText(/is paused in/).count()).toBe(0);
  await beside.getByRole('heading', { name: 'built is destroyed' }).waitFor();
  await beside.getByText(/^Ended .*: Its time was over\.$/).waitFor();
  await beside.close();

  await button('Renew').click();
  await dialog().getByText('Its time does not count while it rests').waitFor();
  await choose('Lifetime from now', '1 day');
  await dialog().getByRole('button', { name: 'Renew sandbox' }).click();
  await dialog().waitFor({ state: 'detached' });
  await button('Resume').click();
  await page
    .getByText(/is paused in 23:59/)
    .first()
    .waitFor();
  expect((await shell(system.admin, imaged!, 'cat /greeting')).stdout).toBe('hello from the image');
});

test('a template of Debian packages: what is no name of one is said, its builder is heard, and leaving ends the building', async () => {
  await open('/templates?dialog=create');
  await dialog().getByRole('textbox', { name: 'Name' }).fill('from-packages');
  await dialog().getByText('Debian packages', { exact: true }).click();
  await field('Packages').fill('jq; less');
  await dialog().getByRole('button', { name: 'Create template' }).click();
  await dialog().getByText('“jq;” is no name of a Debian package').waitFor();
  await field('Packages').fill('jq, less');
  await dialog().getByRole('button', { name: 'Create template' }).click();
  // In the words of mmdebstrap, whichever is to be seen.
  const said = /running apt-get update|downloading packages|extracting archives|installing/;
  await dialog().getByRole('progressbar', { name: said }).waitFor();
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  await row('from-packages').getByText('Failed').waitFor();
  await row('from-packages').getByText('Debian with jq, less').waitFor();
  await row('from-packages').getByRole('link', { name: 'from-packages' }).click();
  await dialog().getByText('It was cancelled.').waitFor();
  await dialog().getByRole('button', { name: 'Close' }).first().click();
  await dialog().waitFor({ state: 'detached' });
  const workshop = join(system.directory, 'first/layers/work');
  await expect.poll(() => readdirSync(workshop), patiently).toEqual([]);
  expect(spawnSync('pgrep', ['--full', workshop]).status, 'nobody builds any more').toBe(1);
});

test('the palette goes to a snapshot by name, it is deleted by name, and nothing went wrong in the page', async () => {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('before the up');
  // Snapshots are looked up when the palette opens.
  await page
    .getByRole('option', { name: /before the upgrade/ })
    .and(page.locator('[data-highlighted]'))
    .waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/snapshot=snap/);
  await dialog().getByText('before the upgrade').first().waitFor();
  await dialog().getByRole('button', { name: 'Close' }).first().click();
  await dialog().waitFor({ state: 'detached' });
  await button('Actions for before the upgrade').click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await dialog().getByText('Nothing that there is now was made from it').waitFor();
  const remove = dialog().getByRole('button', { name: 'Delete before the upgrade' });
  await dialog().getByRole('textbox').fill('before');
  await remove.click();
  await dialog()
    .getByText(/exactly to go on/)
    .waitFor();
  await dialog().getByRole('textbox').fill('before the upgrade');
  await remove.click();
  await dialog().waitFor({ state: 'detached' });
  await page.getByText('No snapshots').waitFor();
  expect(trouble).toEqual([]);
});

/** Another one who creates sandboxes in this team. */
async function makeRobot(): Promise<Clients> {
  const transport = createConnectTransport({
    baseUrl: system.url,
    httpVersion: '1.1',
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${system.adminToken}`);
        return next(request);
      },
    ],
  });
  const key = { teamId: await teamId(), name: 'robot', role: KeyRole.OPERATOR };
  const { secret } = await createClient(ApiKeyService, transport).createApiKey(key);
  return clientsFor(system.url, { 'x-api-key': secret });
}

/** A root file system that is larger than one message of an upload. */
function makeTarball(): string {
  const root = join(system.directory, 'rootfs');
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(root, 'etc/filler'), Buffer.alloc(1_500_000, 7));
  const file = join(system.directory, 'rootfs.tar');
  execFileSync('tar', ['-cf', file, '-C', root, '.']);
  return file;
}
