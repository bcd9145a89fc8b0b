import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { buildConsole } from '../../local/console/build.ts';
import { accessibilityFindings, desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { HostStatus } from '#proto/muster/v1/host_pb.js';
import { clientsByCookie, clientsFor, firstAdmin } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot, startNode, type RunningProcess } from '../support/process.ts';
import { cloneRepository, makeRepository, type TestRepository } from '../support/repository.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

let system: System;
let host: TestHost;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let trouble: string[];
let upstream: TestRepository;
let deployed: TestRepository;
let joined: RunningProcess | undefined;

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  system = await startSystem({ MUSTER_LOCAL_REPOSITORY_POLL: '300ms', MUSTER_SIGNUP: 'open' }, { setUp: false });
  browser = await launchBrowser();
  context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await joined?.stop();
  await system?.stop();
});

const open = (path: string) => page.goto(system.url + path);
const button = (name: string | RegExp) => page.getByRole('button', { name });
const field = (name: string) => page.getByRole('textbox', { name });
const dialog = () => page.getByRole('dialog');

test('the setup link makes the first admin, and the token leaves the address bar', async () => {
  await page.goto(system.setupLink);
  await field('Name').waitFor();
  expect(page.url()).not.toContain('mst_set_');
  await inspect(page, 'setup');
  await button('Complete setup').click();
  await page.getByText(/name/i).first().waitFor();
  await field('Name').fill(firstAdmin.name);
  await field('Email').fill(firstAdmin.email);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await button('Complete setup').click();
  await page
    .getByText(/12 characters/)
    .first()
    .waitFor();
  await page.getByLabel('Password', { exact: true }).fill(firstAdmin.password);
  await button('Complete setup').click();
  await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
  await page.getByText('No machine has joined yet').first().waitFor();
  await inspect(page, 'fleet-empty');
  const cookies = await context.cookies();
  await system.adopt(cookies.map(({ name, value }) => `${name}=${value}`).join('; '));
  host = await system.addHost('tester-1');
});

test('the fleet page turns from current to behind without a reload', async () => {
  upstream = makeRepository(system.directory, 'web');
  deployed = cloneRepository(upstream, join(system.directory, 'deployed'));
  await open('/repositories');
  await button('Register repository').first().click();
  await dialog().getByRole('textbox', { name: 'Name' }).fill('web');
  await dialog().getByRole('textbox', { name: 'Address' }).fill('/etc');
  await dialog().getByRole('button', { name: 'Register repository' }).click();
  await dialog()
    .getByText(/root|path|allowed/i)
    .first()
    .waitFor();
  await dialog().getByRole('textbox', { name: 'Address' }).fill(upstream.path);
  await dialog().getByRole('button', { name: 'Register repository' }).click();
  await page.getByText('Begin').first().waitFor();
  await inspect(page, 'repositories');

  const component = {
    name: 'web',
    repository: 'web',
    probe: { kind: 'worktree', path: deployed.path, process: 'none' },
  };
  writeFileSync(join(host.dataDir, 'agent.json'), JSON.stringify({ components: [component] }));
  await open('/');
  const row = page.getByRole('region', { name: 'Hosts' });
  await row.getByText('Current').first().waitFor();
  await inspect(page, 'fleet-current');
  upstream.commit('Paint the shed');
  await row.getByText('Behind').first().waitFor();
  await page.getByText('Paint the shed').first().waitFor();
  await inspect(page, 'fleet-behind');
});

test('while the control plane is away the page says so and nothing on it is green; then it is live again', async () => {
  deployed.git('pull', '--quiet');
  const row = page.getByRole('region', { name: 'Hosts' });
  await row.getByText('Behind').first().waitFor({ state: 'detached' });
  await row.getByText('Current').first().waitFor();
  /** The colours of what is shown as good, where any is. */
  const greens = () =>
    page.evaluate(() => {
      const colourOf = (name: string) => {
        const probe = document.body.appendChild(document.createElement('span'));
        probe.style.backgroundColor = `var(${name})`;
        const colour = getComputedStyle(probe).backgroundColor;
        probe.remove();
        return colour;
      };
      const good = ['--color-good', '--color-good-soft', '--color-good-solid'].map(colourOf);
      return [...document.querySelectorAll('#content *')].filter((element) => {
        const { color, backgroundColor } = getComputedStyle(element);
        return good.includes(color) || good.includes(backgroundColor);
      }).length;
    });
  expect(await greens()).toBeGreaterThan(0);
  await system.controlPlane.process.stop();
  await page.getByText('Reconnecting…').waitFor();
  await page.getByText(/^That was known .* ago; the connection broke then\.$/).waitFor();
  await expect.poll(greens, { timeout: patienceMs }).toBe(0);
  expect(await row.getByText('(last known)').count()).toBeGreaterThan(0);
  await inspect(page, 'fleet-reconnecting');
  await system.restartControlPlane();
  await page.getByText('Reconnecting…').waitFor({ state: 'detached' });
  await expect.poll(greens, { timeout: patienceMs }).toBeGreaterThan(0);
  await row.getByText('Current').first().waitFor();
  upstream.commit('Paint the door');
  await row.getByText('Behind').first().waitFor();
});

test('a second machine joins with the command of the dialog, and the dialog says so', async () => {
  await open('/hosts');
  await page.getByText('tester-1').first().waitFor();
  await inspect(page, 'hosts');
  await button('Add host').first().click();
  await dialog().getByRole('textbox', { name: 'Name' }).fill('tester-2');
  await dialog().getByRole('button', { name: 'Add host' }).click();
  const command = await dialog()
    .getByText(/muster-agent join/)
    .first()
    .innerText();
  await inspect(page, 'hosts-join');
  const args = command
    .replaceAll(/\\\n|\$ /g, ' ')
    .trim()
    .split(/\s+/)
    .slice(2);
  joined = startNode('agent tester-2', 'host-agent/main.ts', [
    ...args,
    '--data-dir',
    join(system.directory, 'tester-2'),
  ]);
  await dialog().getByRole('button', { name: 'Open tester-2' }).click();
  await page.getByRole('heading', { name: 'tester-2' }).waitFor();
  await page.getByText('Online').first().waitFor();
  await inspect(page, 'host');
});

test('sandboxes are created, run commands with streamed output, and are destroyed by name', async () => {
  await open('/sandboxes');
  await page.getByRole('heading', { name: 'Sandboxes', level: 1 }).waitFor();
  await inspect(page, 'sandboxes-empty');
  await button('Create sandbox').first().click();
  await dialog().getByRole('textbox', { name: 'Name' }).fill('first-one');
  await dialog().getByRole('button', { name: 'Create sandbox' }).click();
  await page.getByRole('heading', { name: 'first-one' }).waitFor();
  await page.getByText('Running').first().waitFor();
  await field('Command').fill('for n in 1 2 3; do echo line $n; sleep 0.3; done; exit 7');
  await field('Command').press('Enter');
  const output = page.getByLabel('Output').first();
  await output.getByText('line 1').waitFor();
  await page.getByText('Exit code 7').waitFor();
  expect(await output.innerText()).toContain('line 3');
  await inspect(page, 'sandbox');

  await button('Pause').click();
  await page.getByText('Paused').first().waitFor();
  await button('Resume').click();
  await page.getByText('Running').first().waitFor();

  await button(/^Destroy/)
    .first()
    .click();
  await dialog().getByRole('textbox').fill('first-one');
  await dialog()
    .getByRole('button', { name: /^Destroy/ })
    .click();
  await page.getByText('Destroyed').first().waitFor();
});

test('what the server changes, the list shows without a reload', async () => {
  await open('/sandboxes');
  const { sandbox } = await system.admin.sandboxes.createSandbox({ metadata: { name: 'from-elsewhere' } });
  await page.getByText('from-elsewhere').first().waitFor();
  await inspect(page, 'sandboxes');
  await system.admin.sandboxes.destroySandbox({ sandboxId: sandbox!.id });
  await page.getByText('from-elsewhere').first().waitFor({ state: 'detached' });
});

test('everything can be reached by keyboard from the palette', async () => {
  await open('/');
  await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('sandboxes');
  await inspect(page, 'palette');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Sandboxes', exact: true }).waitFor();
});

test('the account page makes a token for the command line, shown once', async () => {
  await open('/account');
  await page.getByText(firstAdmin.email).first().waitFor();
  await inspect(page, 'account');
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await button('Create a token for the command line').click();
  await dialog().getByRole('button', { name: 'Create token' }).click();
  const shown = dialog().getByLabel('Token', { exact: true });
  await shown.waitFor();
  await inspect(page, 'account-token');
  const token = await shown.innerText();
  await dialog().getByRole('button', { name: 'Copy', exact: true }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  await dialog().getByRole('button', { name: 'I have stored it' }).click();
  await dialog().waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(token);
  await button('Create a token for the command line').click();
  await dialog().getByRole('button', { name: 'Create token' }).waitFor();
  expect(await page.content()).not.toContain(token);
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  const { caller } = await clientsFor(system.url, { authorization: `Bearer ${token}` }).auth.getCaller({});
  expect(caller?.email).toBe(firstAdmin.email);
});

test('muster login waits until its code is approved in the browser', async () => {
  const environment = { MUSTER_SERVER: system.url, HOME: system.directory };
  const login = startNode('muster login', 'bin/muster.mjs', ['login'], { environment });
  const link = await eventually('the link is printed', () => /http\S+\/device\S+/.exec(login.output())?.[0]);
  await page.goto(link);
  await page.getByRole('heading', { name: 'Approve a command line' }).waitFor();
  expect(login.output()).toContain(`the code ${await field('Code').inputValue()}.`);
  await inspect(page, 'device');
  await button('Approve').click();
  await page.getByText(/^muster on .* is signed in\.$/).waitFor();
  expect(await login.ended).toBe(0);
  expect(login.output()).toContain(`as ${firstAdmin.name} (${firstAdmin.email})`);
  const who = startNode('muster whoami', 'bin/muster.mjs', ['whoami', '--json'], { environment });
  expect(await who.ended).toBe(0);
  expect(JSON.parse(who.stdout())).toMatchObject({ caller: { email: firstAdmin.email } });
});

test('who signs up has a team of their own and is in', async () => {
  const theirs = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  const guest = await theirs.newPage();
  guest.setDefaultTimeout(patienceMs);
  await guest.goto(`${system.url}/sign-in`);
  await guest.getByRole('link', { name: 'Sign up' }).click();
  await guest.getByRole('button', { name: 'Sign up' }).waitFor();
  await inspect(guest, 'sign-up');
  await guest.getByRole('textbox', { name: 'Name' }).fill('Wilhelmina Weber');
  await guest.getByRole('textbox', { name: 'Email' }).fill(firstAdmin.email);
  await guest.getByLabel('Password', { exact: true }).fill('quite a long password 7');
  await guest.getByRole('button', { name: 'Sign up' }).click();
  await guest.getByRole('alert').first().waitFor();
  await guest.getByRole('textbox', { name: 'Email' }).fill('wilhelmina@example.org');
  await guest.getByRole('button', { name: 'Sign up' }).click();
  await guest.getByRole('heading', { name: 'My machine', exact: true }).waitFor();
  await guest.getByRole('button', { name: /account of Wilhelmina Weber/i }).waitFor();
  await theirs.close();
});

test('a page that breaks says so in the frame, and comes back; so does a console that nobody answers', async () => {
  const broken = await context.newPage();
  broken.setDefaultTimeout(patienceMs);
  await broken.addInitScript(() => {
    const whole = Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, 'format');
    Object.defineProperty(Intl.DateTimeFormat.prototype, 'format', {
      get(this: Intl.DateTimeFormat): unknown {
        const isBroken = location.pathname === '/account' && sessionStorage.getItem('whole') === null;
        if (isBroken) throw new Error('this page is broken');
        return whole?.get?.call(this);
      },
    });
  });
  await broken.goto(`${system.url}/account`);
  await broken.getByRole('heading', { name: 'This page could not be shown' }).waitFor();
  await broken.getByText('report this: Error: this page is broken').waitFor();
  await inspect(broken, 'error');
  await broken.evaluate(() => sessionStorage.setItem('whole', 'yes'));
  await broken.getByRole('button', { name: 'Try again' }).click();
  await broken.getByRole('heading', { name: 'Account', exact: true }).waitFor();

  await broken.route('**/muster.v1.**', (route) => route.abort());
  await broken.goto(`${system.url}/account`);
  await broken.getByRole('heading', { name: 'The control plane does not answer' }).waitFor();
  expect(await accessibilityFindings(broken)).toEqual([]);
  await broken.unroute('**/muster.v1.**');
  await broken.getByRole('heading', { name: 'Account', exact: true }).waitFor();
  await broken.close();
});

test('a host is drained with its progress in sight, and what its deletion ends is named; an agent leaves by itself', async () => {
  const [session] = (await context.cookies()).map(({ name, value }) => `${name}=${value}`);
  const { hosts, sandboxes } = (await clientsByCookie(system.url, session!)).clients;
  const named = async (name: string) => (await hosts.listHosts({ search: name })).hosts[0]!;
  const { id: hostId } = await named('tester-1');
  // Where there is another host, they are placed by turns.
  let { sandbox } = await sandboxes.createSandbox({});
  while (sandbox!.hostId !== hostId) {
    await sandboxes.destroySandbox({ sandboxId: sandbox!.id });
    ({ sandbox } = await sandboxes.createSandbox({}));
  }
  const sandboxId = sandbox!.id;

  await open(`/hosts/${hostId}`);
  await button('More actions').click();
  await page.getByRole('menuitem', { name: 'Drain' }).click();
  await dialog().getByRole('textbox', { name: 'Reason' }).fill('The disk is being replaced');
  await dialog().getByRole('button', { name: 'Drain host' }).click();
  await page
    .getByText(/\d+ of \d+ sandbox(es)? out of the way\. Waiting for/)
    .first()
    .waitFor();
  await inspect(page, 'host-draining');
  await button('Cancel drain').click();
  await button('Cordon').waitFor();

  await sandboxes.stopSandbox({ sandboxId });
  await button('More actions').click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await dialog().getByText(sandboxId).waitFor();
  await dialog()
    .getByText(/^Stopped, /)
    .first()
    .waitFor();
  await inspect(page, 'host-delete');
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  await sandboxes.destroySandbox({ sandboxId });

  const { id: secondId } = await named('tester-2');
  const dataDir = join(system.directory, 'tester-2');
  const leave = () => startNode('leave', 'host-agent/main.ts', ['leave', '--data-dir', dataDir]);
  const inUse = leave();
  expect(await inUse.ended).toBe(1);
  expect(inUse.output()).toContain('Another muster-agent');
  await joined!.stop();
  const left = leave();
  expect(await left.ended.then((code) => ({ code, output: left.output() }))).toMatchObject({ code: 0 });
  expect((await hosts.getHost({ hostId: secondId })).host?.status).toBe(HostStatus.DELETED);
  const again = leave();
  expect(await again.ended).toBe(1);
  expect(again.output()).toContain('has not joined yet');
});

test('signing out forgets everything, and a wrong password says so once', async () => {
  await open('/');
  await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
  await page.getByRole('button', { name: /account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await button('Sign in').waitFor();
  await inspect(page, 'sign-in');
  await field('Email').fill(firstAdmin.email);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await button('Sign in').click();
  await page.getByRole('alert').first().waitFor();
  await page.getByLabel('Password', { exact: true }).fill(firstAdmin.password);
  await button('Sign in').click();
  await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
  await open('/no-such-page');
  await page
    .getByText(/not found|no such page|nothing here/i)
    .first()
    .waitFor();
  await inspect(page, 'not-found');
});

test('no page had an error of its own', () => {
  expect(trouble).toEqual([]);
});
