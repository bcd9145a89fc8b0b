import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startMailServer, type TestMailServer } from '../../control-plane/mail/testing/mail-server.ts';
import { expectEventually, startTestControlPlane, type TestControlPlane } from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

let server: TestMailServer;
let muster: TestControlPlane;
let browser: Browser;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  server = await startMailServer();
  muster = await startTestControlPlane({
    env: {
      MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist'),
      MUSTER_SMTP_URL: server.url,
      MUSTER_MAIL_FROM: 'muster@example.com',
    },
  });
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: desktop, reducedMotion: 'reduce' });
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await muster?.stop();
  await server?.close();
});

const password = 'another correct horse';

test('who forgot their password asks for a link, opens it from the mail and signs in', async () => {
  await page.goto(`${muster.url}/sign-in`);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Email').fill(muster.other.email);
  await inspect(page, 'forgot-password');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
  await expectEventually(() => server.mails.length, 1);
  const [link] = /http:\/\/\S+\/reset#mst_pwr_\w+/.exec(server.mails[0]!.text)!;
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill(password);
  expect(page.url()).toBe(`${muster.url}/reset`);
  await inspect(page, 'reset-password');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('Email').fill(muster.other.email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'My machine', exact: true }).waitFor();
  expect(trouble).toEqual([]);
});

test('whom a member invites finds the link in their mailbox, not on the page, and joins by it', async () => {
  await page.goto(`${muster.url}/team?dialog=invite`);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Email' }).fill('friend@example.org');
  await dialog.getByRole('button', { name: 'Create invite' }).click();
  await page.getByText('The invite for friend@example.org is on its way by mail.').waitFor();
  await page.getByRole('row').filter({ hasText: 'friend@example.org' }).waitFor();
  expect(await page.content()).not.toContain('mst_inv_');
  const invites = () => server.mails.filter(({ text }) => text.includes('mst_inv_'));
  await expectEventually(() => invites().length, 1);
  const [link] = /http:\/\/\S+\/invite#mst_inv_\w+/.exec(invites()[0]!.text)!;
  const theirs = await (await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' })).newPage();
  theirs.setDefaultTimeout(patienceMs);
  await theirs.goto(link);
  await theirs.getByRole('textbox', { name: 'Name' }).fill('A Friend');
  await theirs.getByLabel('Password', { exact: true }).fill(password);
  await theirs.getByRole('button', { name: 'Make account and join' }).click();
  await theirs.getByRole('table', { name: 'Members' }).getByText('A Friend').waitFor();
  await theirs.context().close();
  expect(trouble).toEqual([]);
});

test('a link that was used says so and offers another', async () => {
  const [link] = /http:\/\/\S+\/reset#mst_pwr_\w+/.exec(server.mails[0]!.text)!;
  await page.goto(link);
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('heading', { name: 'This link does not count' }).waitFor();
  await inspect(page, 'reset-password-over');
  await page.getByRole('link', { name: 'Ask for a new link' }).waitFor();
});
