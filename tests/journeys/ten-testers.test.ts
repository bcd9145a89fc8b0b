import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startMailServer, type TestMailServer } from '../../control-plane/mail/testing/mail-server.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, phone, watchForTrouble } from '../support/browser.ts';
import { firstAdmin } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';
import { repositoryRoot } from '../support/process.ts';
import { startSystem, type System } from '../support/system.ts';

// From an empty installation with one machine to ten people who can work, in the browser alone.
vi.setConfig({ testTimeout: 300_000 });

const people = Array.from({ length: 10 }, (_, number) => ({
  name: `Tester ${number + 1}`,
  email: `tester-${number + 1}@testers.example`,
}));

let mail: TestMailServer;
let system: System;
let browser: Browser;
let admin: Page;
const trouble: string[][] = [];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  mail = await startMailServer();
  system = await startSystem();
  await system.addHost('first');
  browser = await launchBrowser();
  admin = await openWindow(desktop);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await system?.stop();
  await mail?.close();
});

async function openWindow(viewport: typeof desktop): Promise<Page> {
  const page = await (await browser.newContext({ viewport, reducedMotion: 'reduce' })).newPage();
  page.setDefaultTimeout(patienceMs);
  trouble.push(watchForTrouble(page));
  return page;
}

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function openAdminPage(name: string): Promise<void> {
  await admin.getByRole('button', { name: 'Admin', exact: true }).click();
  await admin.getByRole('menuitem', { name: new RegExp(`^${name}`) }).click();
}

test('an admin sets mail up, and brings ten people in with one file', async () => {
  await admin.goto(`${system.url}/sign-in`);
  await signIn(admin, firstAdmin.email, firstAdmin.password);
  await admin.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
  await openAdminPage('Service setup');
  const settings = admin.getByRole('region', { name: 'Mail', exact: true });
  const done = (label: string) => settings.getByRole('button', { name: label });
  const enter = async (label: string, value: string) => {
    const field = settings.getByLabel(label, { exact: true });
    await field.fill(value);
    await field.press('Enter');
  };
  await settings.getByLabel('Sent through').click();
  await admin.getByRole('option', { name: 'A mail server (SMTP)' }).click();
  const { hostname, port, username, password } = new URL(mail.url);
  await enter('Server', hostname);
  await done('Change Server').waitFor();
  await settings.getByLabel('Encryption').click();
  await admin.getByRole('option', { name: /^None/ }).click();
  await done('Change Port').click();
  await enter('Port', port);
  await done('Change Port').waitFor();
  await enter('User', username);
  await done('Change User').waitFor();
  await enter('From address', 'muster@example.com');
  await done('Change From address').waitFor();
  await enter('Password', decodeURIComponent(password));
  await done('Replace Password').waitFor();

  await openAdminPage('Testers');
  await admin.getByRole('button', { name: 'Import CSV' }).first().click();
  const csv = ['name,email', ...people.map(({ name, email }) => `${name},${email}`)].join('\n');
  await admin
    .getByLabel('CSV file')
    .setInputFiles({ name: 'testers.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await admin.getByRole('button', { name: 'Look at the rows' }).click();
  await admin.getByText('10 new testers').waitFor();
  await admin.getByRole('button', { name: /^Bring in/ }).click();
  await admin.getByText('All 10 testers can work.').waitFor();
});

test('each of them chooses a password by the mail, and works in a sandbox at once, also on a phone', async () => {
  for (const { email } of people) {
    const link = await eventually(`${email} has a mail`, () => {
      const sent = mail.mails.find(({ to }) => to === email);
      return /http:\/\/\S+\/reset#mst_pwr_\w+/.exec(sent?.text ?? '')?.[0];
    });
    const page = await openWindow(phone);
    await page.goto(link);
    await page.getByLabel('New password', { exact: true }).fill(`a password of ${email}`);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(page, email, `a password of ${email}`);
    await page.getByRole('heading', { name: 'My machine', exact: true }).waitFor();
    await page.getByRole('link', { name: /^Terminal of/ }).click();
    await page.getByRole('button', { name: 'New terminal' }).click();
    await page.getByText('Attached').waitFor();
    await page.locator('.xterm-helper-textarea').focus();
    await page.keyboard.type('echo at-work-$((40+2))');
    await page.keyboard.press('Enter');
    await page.locator('.xterm-rows').getByText('at-work-42').first().waitFor();
    await page.context().close();
  }
  expect(trouble.flat()).toEqual([]);
});
