import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestControlPlane, type TestControlPlane, type TestUser } from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { countInMemory } from '../support/memory.ts';
import { repositoryRoot } from '../support/process.ts';

vi.setConfig({ testTimeout: 180_000 });

let muster: TestControlPlane;
let browser: Browser;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  muster = await startTestControlPlane({ env: { MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist') } });
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: desktop, reducedMotion: 'reduce' });
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await muster?.stop();
});

const signIn = async ({ email, password }: TestUser) => {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};
const signOut = async () => {
  await page.getByRole('button', { name: /account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
};

test('what the console had of one account is gone at the next sign-in: from the page, its storage and its memory', async () => {
  const secret = await muster.makeUser('Zerubabbel');
  await page.goto(`${muster.url}/users`);
  await signIn(muster.admin);
  await page.getByText(secret.email).waitFor();
  await signOut();
  await signIn(muster.other);
  await page.getByRole('button', { name: new RegExp(`account of ${muster.other.name}$`) }).waitFor();
  expect(await page.content()).not.toContain(secret.name);
  await expect.poll(() => countInMemory(page, secret.email), { timeout: 60_000, interval: 1_000 }).toBe(0);
  const stored = await page.evaluate(() =>
    JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
  );
  expect(stored).not.toContain(secret.name);
  expect(stored).not.toContain(muster.admin.email);
});

test('who signs in finds the first team that they still have, and pages call them by their name', async () => {
  const { clients, name, teamId } = muster.other;
  const second = (await clients.teams.createTeam({ name: 'Aardvarks' })).team!;
  await clients.auth.switchTeam({ teamId: second.id });
  await signOut();
  await clients.teams.deleteTeam({ teamId: second.id, confirmName: 'Aardvarks' });
  await signIn(muster.other);
  await page.getByRole('button', { name: new RegExp(`account of ${name}$`) }).waitFor();
  await page.getByRole('button', { name: `Team ${name}'s team` }).waitFor();
  await page.goto(`${muster.url}/team`);
  await page.getByRole('heading', { name: `${name}'s team` }).waitFor();
  expect(await page.getByText('Aardvarks').count()).toBe(0);
  expect(teamId).not.toBe(second.id);
  expect(trouble).toEqual([]);
});
