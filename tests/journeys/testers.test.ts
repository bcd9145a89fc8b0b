import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startSimulatedFleet, type SimulatedFleet } from '../../control-plane/hosts/testing/simulated-fleet.ts';
import { startMailServer, type TestMailServer } from '../../control-plane/mail/testing/mail-server.ts';
import { eventually } from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 300_000 });

let mail: TestMailServer;
let fleet: SimulatedFleet;
let browser: Browser;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  mail = await startMailServer();
  fleet = await startSimulatedFleet(1, {
    env: {
      MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist'),
      MUSTER_SMTP_URL: mail.url,
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
  await fleet?.stop();
  await mail?.close();
});

const signIn = async (where: Page, email: string, password: string) => {
  await where.getByLabel('Email').fill(email);
  await where.getByLabel('Password', { exact: true }).fill(password);
  await where.getByRole('button', { name: 'Sign in' }).click();
};
const row = (name: string) => page.getByRole('row').filter({ hasText: name });

test('an admin adds a tester and watches the steps; the tester signs in by the link of the mail', async () => {
  const { admin } = fleet.plane;
  await page.goto(`${fleet.plane.url}/sign-in`);
  await signIn(page, admin.email, admin.password);
  await page.getByRole('button', { name: 'Admin' }).click();
  await page.getByRole('menuitem', { name: /^Testers/ }).click();
  await page.getByText('Nobody was brought in yet.').waitFor();
  await page.getByRole('button', { name: 'Add a tester' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Ida Rhodes');
  await page.getByLabel('Email').fill('ida@testers.example');
  await page.getByRole('dialog').getByRole('button', { name: 'Add tester' }).click();
  await page.getByRole('heading', { name: 'Ida Rhodes' }).waitFor();
  await page.getByText('Everything is there.').waitFor();
  await inspect(page, 'tester');
  const link = await eventually(
    () => /http:\/\/\S+\/reset#mst_pwr_\w+/.exec(mail.mails[0]?.text ?? '')?.[0],
    (found) => expect(found).toBeDefined(),
  );
  const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  const theirs = await context.newPage();
  theirs.setDefaultTimeout(patienceMs);
  await theirs.goto(link!); // just found
  await theirs.getByLabel('New password', { exact: true }).fill('a password of Ida');
  await theirs.getByRole('button', { name: 'Set the password' }).click();
  await theirs.getByRole('link', { name: 'Sign in' }).click();
  await signIn(theirs, 'ida@testers.example', 'a password of Ida');
  await theirs.getByRole('link', { name: 'Sandboxes' }).first().click();
  await theirs.getByText(/^sbx/).first().waitFor();
  await context.close();
});

test('a CSV is looked at before anything is done; what is right of it is brought in, and shown as it goes on', async () => {
  await page.getByRole('main').getByRole('link', { name: 'Testers', exact: true }).click();
  await page.getByRole('button', { name: 'Import CSV' }).click();
  const lines = 'Name;Email\nMary Tsingou;mary@testers.example\nKlara;klara at example\nKay;kay@testers.example\n';
  await page
    .getByLabel('CSV file')
    .setInputFiles({ name: 'testers.csv', mimeType: 'text/csv', buffer: Buffer.from(lines) });
  await page.getByRole('button', { name: 'Look at the rows' }).click();
  await page.getByText('2 new testers, 1 row has problems.').waitFor();
  await page.getByText(/^email: /).waitFor();
  await inspect(page, 'testers-import');
  mail.behaviour = 'later';
  await page.getByRole('button', { name: 'Bring in the 2 without problems' }).click();
  await row('Kay').getByText('Failed').waitFor();
  await row('Mary Tsingou').getByText('Failed').waitFor();
  await page.getByText('1 of 3 testers can work; 2 cannot go on.').waitFor();
  await inspect(page, 'testers');
});

test('a failed step is repeated alone; a tester goes by name, and the page says when they are gone', async () => {
  await page.getByRole('link', { name: 'Kay' }).click();
  await page
    .getByText(/The mail was not taken yet/)
    .first()
    .waitFor();
  // From now on, the outbox may be quicker: then the step is done, and is repeated.
  mail.behaviour = 'take';
  await page.getByRole('button', { name: /: Welcome mail$/ }).click();
  await page.getByText('Everything is there.').waitFor();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('The team, 1 sandbox, the keys and the account go, with all files.').waitFor();
  await page.getByLabel('Type the name to confirm').fill('Somebody');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('This is not “Kay”.').waitFor();
  await page.getByLabel('Type the name to confirm').fill('Kay');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('Kay is no tester any more').waitFor();
  expect(trouble).toEqual([]);
});
