import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startMailServer, type TestMailServer } from '../../control-plane/mail/testing/mail-server.ts';
import { buildConsole } from '../../local/console/build.ts';
import { startSimulatedHost, type SimulatedHost } from '../../simulator/index.ts';
import { desktop, launchBrowser, patienceMs, phone, watchForTrouble } from '../support/browser.ts';
import { clientsByCookie, clientsFor, type Clients } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';
import { startSystem, type System } from '../support/system.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

const tester = { name: 'Tess Tester', email: 'tess@example.com', password: 'correct horse battery' };
const colleague = { name: 'Cole Colleague', email: 'cole@example.com', password: 'battery staple horse' };

let system: System;
let mails: TestMailServer;
let quiet: SimulatedHost;
let browser: Browser;
let mine: Clients;
/** The tester's phone, and the colleague's desk. */
let page: Page;
let other: Page;
const trouble: string[][] = [];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  mails = await startMailServer();
  system = await startSystem({
    MUSTER_SIGNUP: 'open',
    MUSTER_SMTP_URL: mails.url,
    MUSTER_MAIL_FROM: 'muster@example.com',
    MUSTER_SILENT_AFTER: '5s',
  });
  await system.addHost('workshop-1');
  let cookie = '';
  await clientsFor(system.url, { origin: system.url }).auth.signUp(tester, {
    onHeader: (header) => (cookie = (header.get('set-cookie') ?? '').split(';')[0]!),
  });
  mine = (await clientsByCookie(system.url, cookie)).clients;
  await mine.sandboxes.createSandbox({ metadata: { name: 'workbench' } });
  browser = await launchBrowser();
  page = await openWindow(phone);
  other = await openWindow(desktop);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await quiet?.stop();
  await system?.stop();
  await mails?.close();
});

async function openWindow(viewport: typeof phone): Promise<Page> {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce', hasTouch: viewport === phone });
  const opened = await context.newPage();
  opened.setDefaultTimeout(patienceMs);
  trouble.push(watchForTrouble(opened));
  return opened;
}

const heading = (on: Page, name: string) => on.getByRole('heading', { name, exact: true });
const dialog = (on: Page) => on.getByRole('dialog');
const changes = () => page.getByRole('list', { name: 'What changed' });
const areas = (on: Page) => on.getByRole('navigation', { name: 'Areas' });

test('a tester signs in on a phone, finds what is theirs, and works in it', async () => {
  await page.goto(system.url);
  await page.getByRole('textbox', { name: 'Email' }).fill(tester.email);
  await page.getByLabel('Password', { exact: true }).fill(tester.password);
  await page.keyboard.press('Enter');
  await heading(page, 'My machine').waitFor();
  await heading(page, 'workbench').waitFor();
  await page.getByText('Your sandbox is running.').waitFor();

  await page.getByRole('link', { name: 'Terminal of workbench' }).click();
  await page.getByRole('button', { name: 'New terminal' }).click();
  await page.getByText('Attached').waitFor();
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('echo works-$((6*7))');
  await page.keyboard.press('Enter');
  await page.locator('.xterm-rows').getByText('works-42').first().waitFor();
  await areas(page).getByRole('link', { name: 'My machine' }).click();
  await heading(page, 'workbench').waitFor();
});

test('a key of their own goes in, and never comes out', async () => {
  const key = 'gsk_a-key-of-the-testers-own';
  await page.getByRole('button', { name: 'Enter your own key at Groq' }).click();
  await dialog(page).getByLabel('Key', { exact: true }).fill(key);
  await dialog(page).getByRole('button', { name: 'Save the key' }).click();
  await page.getByRole('button', { name: 'Remove your own key at Groq' }).waitFor();
  await page.getByText('Your own', { exact: true }).waitFor();
  expect(await page.content()).not.toContain(key);
});

test('a co-user is invited by mail, joins, and sees the same sandbox', async () => {
  await page.getByRole('button', { name: 'Invite a co-user' }).click();
  await dialog(page).getByRole('textbox', { name: 'Email' }).fill(colleague.email);
  await dialog(page).getByRole('button', { name: 'Create invite' }).click();
  await page.getByRole('button', { name: `Revoke invite of ${colleague.email}` }).waitFor();
  const mail = await eventually('the mail arrives', () => mails.mails.find(({ to }) => to === colleague.email));
  const [link] = /http\S+\/invite#mst_inv_\w+/.exec(mail.text) ?? [];

  await other.goto(link!);
  await other.getByRole('textbox', { name: 'Name' }).fill(colleague.name);
  await other.getByLabel('Password', { exact: true }).fill(colleague.password);
  await other.getByRole('button', { name: 'Make account and join' }).click();
  await areas(other).getByRole('link', { name: 'My machine' }).click();
  await heading(other, 'workbench').waitFor();
  // It stands on the tester's page without a reload.
  await changes().getByText(`${colleague.name} joined.`).waitFor();
  await page.getByRole('button', { name: `Actions for ${colleague.name}` }).waitFor();
});

test('what the co-user does is told, until the tester has seen it', async () => {
  await other.getByRole('button', { name: 'Restart' }).click();
  await dialog(other).getByRole('button', { name: 'Restart workbench' }).click();
  await changes().getByText('workbench is running.').waitFor();
  await changes().getByText(`By ${colleague.name}.`).waitFor();
  // To whoever did it, it is no news.
  await other.getByText('Your sandbox is running.').waitFor();
  expect(await other.getByRole('list', { name: 'What changed' }).count()).toBe(0);
  await page.evaluate(() => window.scrollTo(0, 0));
  await inspect(page, 'cockpit');
  await page.setViewportSize(phone);

  await page.getByRole('button', { name: 'Mark as seen' }).click();
  await changes().waitFor({ state: 'detached' });
  await page.reload();
  await page.getByText('Your sandbox is running.').waitFor();
  expect(await changes().count()).toBe(0);
});

test('work that went silent is marked, here and in the list', async () => {
  const { joinToken } = await system.admin.hosts.createHost({ name: 'quiet-1', labels: { kind: 'quiet' } });
  const [, fingerprint] = /--fingerprint (\S+)/.exec(joinToken!.joinCommand) ?? [];
  quiet = await startSimulatedHost({
    serverUrl: system.url,
    joinToken: joinToken!.token,
    fingerprint: fingerprint!,
  });
  const { sandbox } = await eventually('it takes a sandbox', () =>
    mine.sandboxes
      .createSandbox({ metadata: { name: 'night-shift', work: 'assistant' }, hostLabels: { kind: 'quiet' } })
      .catch(() => undefined),
  );
  quiet.work.set(sandbox!.id, { processes: 1, quietForMs: 3 * 3_600_000 });
  await page.getByText(/Silent for/).waitFor();
  await page.getByText('2 of 2 sandboxes are running; the work in one of them is silent.').waitFor();
  await areas(page).getByRole('link', { name: 'Sandboxes' }).click();
  await page.getByRole('checkbox', { name: 'Silent work (1)' }).check();
  await page.waitForURL(/silent=true/);
  await page.getByText('workbench').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'night-shift' }).waitFor();
  await inspect(page, 'sandboxes-silent');
  await page.setViewportSize(phone);
});

test('a co-user who is removed is out, and sees nothing more', async () => {
  await areas(page).getByRole('link', { name: 'My machine' }).click();
  await page.getByRole('button', { name: `Actions for ${colleague.name}` }).click();
  await page.getByRole('menuitem', { name: 'Remove from the team' }).click();
  await dialog(page).getByRole('textbox').fill(colleague.name);
  await dialog(page)
    .getByRole('button', { name: `Remove ${colleague.name}` })
    .click();
  await page.getByText('You are here alone.').waitFor();
  await heading(other, 'workbench').waitFor({ state: 'detached' });
  expect(trouble.flat()).toEqual([]);
});
