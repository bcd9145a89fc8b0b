import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { startTestControlPlane, type TestControlPlane, type TestUser } from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { addAuthenticator, type VirtualAuthenticator } from '../support/passkeys.ts';
import { repositoryRoot } from '../support/process.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

let muster: TestControlPlane;
let browser: Browser;
/** Browsers know passkeys only for names. */
let url: string;
const trouble: string[][] = [];
/** Somebody in a browser of their own, with an authenticator in it. */
let grace: { page: Page; device: VirtualAuthenticator };
let ada: { page: Page; device: VirtualAuthenticator };
let codes: string[] = [];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  muster = await startTestControlPlane({ env: { MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist') } });
  url = `http://localhost:${new URL(muster.url).port}`;
  browser = await launchBrowser();
  grace = await openBrowser();
  ada = await openBrowser();
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await muster?.stop();
});

async function openBrowser(): Promise<{ page: Page; device: VirtualAuthenticator }> {
  const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce', acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  trouble.push(watchForTrouble(page));
  return { page, device: await addAuthenticator(page) };
}

const dialog = (page: Page) => page.getByRole('dialog');
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const home = (page: Page) => page.getByRole('heading', { name: 'My machine', exact: true });

async function typePassword(page: Page, user: TestUser, path = '/sign-in'): Promise<void> {
  await page.goto(`${url}${path}`);
  await page.getByRole('textbox', { name: 'Email' }).fill(user.email);
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await button(page, 'Sign in').click();
}
/** What the page still waits for might bring a cookie after all are gone: it is left before. */
async function signOut(page: Page): Promise<void> {
  await page.goto('about:blank');
  await page.context().clearCookies();
}
const shownCodes = (page: Page) =>
  page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts();
const forget = (user: TestUser) =>
  muster.services.pool`update sessions set confirmed_at = null where user_id = ${user.id}`;

test('a user adds a passkey on their account page, and keeps the recovery codes', async () => {
  const { page, device } = grace;
  await typePassword(page, muster.other, '/sign-in?next=/account');
  await page.getByText('Your password alone signs you in').waitFor();
  await inspect(page, 'second-factor-none');
  await button(page, 'Add a passkey').click();
  await dialog(page).getByRole('textbox', { name: 'Name' }).fill('Work laptop');
  await inspect(page, 'second-factor-add');
  await button(page, 'Add passkey').click();
  await dialog(page).getByText('Your passkey is added').waitFor();
  codes = await shownCodes(page);
  expect(codes).toHaveLength(10);
  await inspect(page, 'second-factor-codes');
  const download = page.waitForEvent('download');
  await button(page, 'Download').click();
  expect((await download).suggestedFilename()).toBe('muster-recovery-codes.txt');
  await page.keyboard.press('Escape');
  expect(await shownCodes(page), 'a slip does not lose them').toHaveLength(10);
  await button(page, 'I have stored them').click();
  await page.getByRole('table', { name: 'Passkeys' }).getByText('Work laptop').waitFor();
  await page.getByText('10 recovery codes are left').waitFor();
  expect(await device.passkeys()).toBe(1);
  await inspect(page, 'second-factor-one');
});

test('signing in takes the password and then the passkey', async () => {
  const { page } = grace;
  await signOut(page);
  await typePassword(page, muster.other);
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await inspect(page, 'second-step');
  await button(page, 'Use a passkey').click();
  await home(page).waitFor();
});

test('an invite asks for both steps, too, before it lets somebody join', async () => {
  const { page } = grace;
  const { teams, invites } = muster.admin.clients;
  const { team } = await teams.createTeam({ name: 'Guests' });
  const { link } = await invites.createInvite({ teamId: team!.id, email: muster.other.email, role: TeamRole.MEMBER });
  await signOut(page);
  await page.goto(link.replace(muster.url, url));
  await page.getByLabel('Password', { exact: true }).fill(muster.other.password);
  await button(page, 'Sign in and join').click();
  await button(page, 'Use a passkey').click();
  await page.getByRole('heading', { name: 'Guests', exact: true }).waitFor();
});

test('without the device, a wrong code is told so, and a right one signs in', async () => {
  const { page } = grace;
  await signOut(page);
  await typePassword(page, muster.other, '/sign-in?next=/account');
  await button(page, 'Use a recovery code instead').click();
  await page.getByRole('textbox', { name: 'Recovery code' }).fill('aaaa-bbbb-cccc-dddd');
  await button(page, 'Sign in').click();
  await page.getByText('This code does not count').waitFor();
  await inspect(page, 'second-step-code');
  await page.getByRole('textbox', { name: 'Recovery code' }).fill(codes[0]!.toUpperCase());
  await button(page, 'Sign in').click();
  await page.getByText('9 recovery codes are left').waitFor();
});

test('a second look at who sits there: new codes by password, another passkey and its removal by passkey', async () => {
  const { page, device } = grace;
  await forget(muster.other);
  await button(page, 'Make new codes').click();
  await dialog(page).getByRole('button', { name: 'Make new codes' }).click();
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
  await inspect(page, 'second-factor-confirm');
  const password = page.getByLabel('Your password');
  await password.fill('wrong');
  await button(page, 'Confirm').click();
  await page.getByText('This is not your password').waitFor();
  await password.fill(muster.other.password);
  await button(page, 'Confirm').click();
  await page.getByText('Your new recovery codes').waitFor();
  expect((await shownCodes(page)).filter((code) => codes.includes(code))).toEqual([]);
  codes = await shownCodes(page);
  await button(page, 'I have stored them').click();

  await button(page, 'Add a passkey').click();
  await button(page, 'Add passkey').click();
  await dialog(page).getByText('holds a passkey of your account already').waitFor();
  await inspect(page, 'second-factor-twice');
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();

  await forget(muster.other);
  await button(page, 'Remove Work laptop').click();
  await dialog(page).getByText('your password alone signs you in again').waitFor();
  await inspect(page, 'second-factor-remove');
  await dialog(page).getByRole('button', { name: 'Remove passkey' }).click();
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
  await button(page, 'Use a passkey').click();
  await page.getByText('Your password alone signs you in', { exact: true }).waitFor();
  await device.lose();
});

test('the admin requires it of everybody, after adding a passkey themself', async () => {
  const { page } = ada;
  await typePassword(page, muster.admin, '/sign-in?next=/users');
  await page.getByText('2 users who may sign in have none.').waitFor();
  await inspect(page, 'second-factor-rule');
  const rule = page.getByRole('switch', { name: 'Require a second factor of everybody' });
  await rule.click();
  await button(page, 'Require a second factor').click();
  await page.getByText('You have no passkey yourself').waitFor();
  await inspect(page, 'second-factor-rule-refused');
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await page.goto(`${url}/account`);
  await button(page, 'Add a passkey').click();
  await button(page, 'Add passkey').click();
  await button(page, 'I have stored them').click();
  await page.goto(`${url}/users`);
  await rule.click();
  await dialog(page).getByText('1 user who may sign in has none.').waitFor();
  await button(page, 'Require a second factor').click();
  // The dialog says so, too, while it closes.
  await page.getByText('can do nothing else until they add a passkey').first().waitFor();
  await dialog(page).waitFor({ state: 'detached' });
  await expect.poll(() => rule.getAttribute('aria-checked')).toBe('true');
  await inspect(page, 'second-factor-rule-on');
});

test('who has none is led to add one from wherever they are, and comes back there', async () => {
  const { page } = grace;
  // What is live on the page she was on leads her there, too: that loads it anew, maybe in the middle of this.
  await vi.waitFor(() => page.goto(`${url}/sandboxes`), patienceMs);
  await page.getByRole('heading', { name: 'Add a passkey to go on' }).waitFor();
  await page.getByText('This installation requires a second factor of you.').waitFor();
  await inspect(page, 'second-factor-forced');
  await page.goto(`${url}/hosts`);
  await page.getByRole('heading', { name: 'Add a passkey to go on' }).waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('Phone');
  await button(page, 'Add passkey').click();
  const confirm = page.getByLabel('Your password');
  const added = page.getByRole('heading', { name: 'Your passkey is added' });
  await confirm.or(added).first().waitFor();
  if (await confirm.isVisible()) {
    await confirm.fill(muster.other.password);
    await button(page, 'Confirm').click();
  }
  await added.waitFor();
  codes = await shownCodes(page);
  await inspect(page, 'second-factor-forced-codes');
  await button(page, 'I have stored them, go on').click();
  await page.getByRole('heading', { name: 'Hosts', exact: true }).waitFor();
});

test('at another address of the machine, the page says where passkeys work', async () => {
  const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  await page.goto(`${muster.url}/sign-in`);
  await page.getByRole('textbox', { name: 'Email' }).fill(muster.other.email);
  await page.getByLabel('Password', { exact: true }).fill(muster.other.password);
  await button(page, 'Sign in').click();
  await page.getByText('Passkeys belong to one address').waitFor();
  expect(await page.getByRole('link', { name: url }).getAttribute('href')).toBe(`${url}/sign-in`);
  await inspect(page, 'second-step-elsewhere');
  await page.getByRole('textbox', { name: 'Recovery code' }).fill(codes[0]!);
  await button(page, 'Sign in').click();
  await home(page).waitFor();
  await page.goto(`${muster.url}/account`);
  await page.getByText('Passkeys belong to one address').waitFor();
  await context.close();
});

test('an admin resets who lost theirs, with a reason', async () => {
  const { page } = ada;
  await page.goto(`${url}/users`);
  await button(page, `Actions for ${muster.other.name}`).click();
  await page.getByRole('menuitem', { name: 'Reset second factor' }).click();
  await dialog(page).getByRole('button', { name: 'Reset second factor' }).click();
  await dialog(page).getByText('Say why').waitFor();
  await dialog(page).getByRole('textbox', { name: 'Reason' }).fill('Lost the phone, called back');
  await inspect(page, 'second-factor-reset');
  await dialog(page).getByRole('button', { name: 'Reset second factor' }).click();
  await page.getByText('signs in with the password alone until they add a passkey').waitFor();
  await page.goto(`${url}/audit?action=second_factor.`);
  await page.getByRole('table', { name: 'Audit' }).getByText('second_factor.reset').first().waitFor();
});

test('a team requires it, with the names of those who have none', async () => {
  const { page } = ada;
  const { pool } = muster.services;
  await pool`insert into team_members (team_id, user_id, role) values (${muster.admin.teamId}, ${muster.other.id}, 'member')`;
  await page.goto(`${url}/team`);
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: 'Edit name and rules' }).click();
  await dialog(page).getByText(`${muster.other.name} has none`).waitFor();
  await dialog(page)
    .getByRole('checkbox', { name: /Require a second factor/ })
    .check();
  await inspect(page, 'second-factor-team');
  await dialog(page).getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('required of every member').waitFor();
  await page.getByText('no second factor yet').waitFor();
  await inspect(page, 'second-factor-team-on');
});

test('no page had an error of its own', () => {
  expect(trouble.flat()).toEqual([]);
});
