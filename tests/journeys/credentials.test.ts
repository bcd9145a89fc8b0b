import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mintToken } from '#contract/token.ts';
import {
  clientsOf,
  startTestControlPlane,
  type TestControlPlane,
  type TestUser,
} from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { countInMemory } from '../support/memory.ts';
import { repositoryRoot } from '../support/process.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

const bootstrap = mintToken('org').secret;
let muster: TestControlPlane;
let browser: Browser;
/** Ada runs the installation; Grace owns her team, Max is a member of it. */
let ada: Page;
let grace: Page;
let max: Page;
let maker: TestUser;
const trouble: string[][] = [];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  muster = await startTestControlPlane({
    env: { MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist'), MUSTER_BOOTSTRAP_KEY: bootstrap.reveal() },
  });
  browser = await launchBrowser();
  maker = await muster.makeUser('Max');
  await muster.services.pool`
    insert into team_members (team_id, user_id, role) values (${muster.other.teamId}, ${maker.id}, 'admin')`;
  await maker.clients.auth.switchTeam({ teamId: muster.other.teamId });
  await muster.admin.clients.hosts.createHost({ name: 'builder-1' });
  ada = await openAs(muster.admin);
  grace = await openAs(muster.other);
  max = await openAs(maker);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await muster?.stop();
});

async function openAs({ sessionToken }: TestUser): Promise<Page> {
  const page = await openWindow();
  const name = `muster-loopback-${new URL(muster.url).port}`;
  await page.context().addCookies([{ name, value: sessionToken, url: muster.url, httpOnly: true, sameSite: 'Lax' }]);
  return page;
}

/** A window of somebody who signs in by the form. */
async function signIn(email: string, password: string): Promise<Page> {
  const page = await openWindow();
  await visit(page, '/sign-in');
  await page.getByRole('textbox', { name: 'Email' }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await button(page, 'Sign in').click();
  await page.getByRole('button', { name: /account of/ }).waitFor();
  return page;
}

async function openWindow(): Promise<Page> {
  const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  trouble.push(watchForTrouble(page));
  return page;
}

const dialog = (page: Page): Locator => page.getByRole('dialog');
const row = (page: Page, text: string): Locator => page.getByRole('row').filter({ hasText: text });
const button = (within: Page | Locator, name: string | RegExp): Locator => within.getByRole('button', { name });
const visit = (page: Page, path: string) => page.goto(`${muster.url}${path}`);
const go = (page: Page, area: string) => page.getByRole('link', { name: area, exact: true }).first().click();

async function act(page: Page, on: string, action: string): Promise<void> {
  await button(page, `Actions for ${on}`).first().click();
  await page.getByRole('menuitem', { name: action }).click();
}

async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await dialog(page).getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option }).click();
}

/** Reads the secret that a dialog shows, and lets it go. */
async function store(page: Page, label: string): Promise<string> {
  const secret = await dialog(page).getByLabel(label, { exact: true }).innerText();
  await button(dialog(page), 'I have stored it').click();
  await dialog(page).waitFor({ state: 'hidden' });
  return secret;
}

const whoIs = (key: string) =>
  clientsOf(
    muster.url,
    key.startsWith('mst_team_') ? { 'x-api-key': key } : { authorization: `Bearer ${key}` },
  ).auth.getCaller({});

test('a team without keys learns what they are, and a form says what is missing', async () => {
  await visit(grace, '/');
  await go(grace, 'Keys');
  await grace.getByRole('heading', { name: 'No keys yet' }).waitFor();
  await inspect(grace, 'keys-empty');
  await button(grace, 'New key').first().click();
  expect(grace.url()).toContain('dialog=mint');
  await choose(grace, 'Lifetime', 'Never ends');
  await button(dialog(grace), 'Mint key').click();
  await dialog(grace).getByText('Say what it is for').waitFor();
  await dialog(grace).getByText('Say why it must never end').waitFor();
  await inspect(grace, 'keys-mint');
});

let secret: string;

test('a key is shown once: nothing but its own button closes the dialog, and then the page holds it no more', async () => {
  await dialog(grace).getByRole('textbox', { name: 'Name' }).fill('nightly build');
  await choose(grace, 'Lifetime', '90 days');
  await choose(grace, 'Host', 'builder-1');
  await choose(grace, 'Host', 'Every host');
  await button(dialog(grace), 'As command').click();
  await dialog(grace).getByText("keys create 'nightly build'").waitFor();
  await button(dialog(grace), 'Mint key').click();
  await dialog(grace).getByLabel('Key', { exact: true }).waitFor();
  await grace.keyboard.press('Escape');
  await button(dialog(grace), 'Copy').click();
  await button(dialog(grace), 'Copied').waitFor();
  await inspect(grace, 'keys-secret');
  const copied = await grace.evaluate(() => navigator.clipboard.readText());
  secret = await store(grace, 'Key');
  expect(copied).toBe(secret);
  expect((await whoIs(secret)).caller?.name).toBe('nightly build');
  await row(grace, 'nightly build').getByText('Works').waitFor();
  expect(await grace.content()).not.toContain(secret);
  await grace.evaluate(() => navigator.clipboard.writeText(''));
  await grace.mouse.move(5, 5);
  await expect.poll(() => countInMemory(grace, secret.slice(-40)), { timeout: 60_000, interval: 1_000 }).toBe(0);
});

test('the list says where a key comes from, when it ends, and who used it last; filters stand in the address', async () => {
  const { pool } = muster.services;
  await visit(max, '/keys?dialog=mint');
  for (const name of ['backup', 'dashboard']) {
    if (name === 'dashboard') await button(max, 'New key').first().click();
    await dialog(max).getByRole('textbox', { name: 'Name' }).fill(name);
    await button(dialog(max), 'Mint key').click();
    await store(max, 'Key');
  }
  await pool`update api_keys set expires_at = now() + interval '3 days' where name = 'dashboard'`;
  await row(grace, 'dashboard').getByText('Ends soon').waitFor();
  await grace.getByText('3 keys work; 1 ends within two weeks.').waitFor();
  await row(grace, 'nightly build').getByText('127.0.0.1').waitFor();
  await inspect(grace, 'keys');
  await button(grace, /^Ends soon/).click();
  await row(grace, 'nightly build').waitFor({ state: 'detached' });
  expect(grace.url()).toContain('state=soon');
  await grace.reload();
  await row(grace, 'dashboard').waitFor();
  expect(await row(grace, 'backup').count()).toBe(0);
  await button(grace, /^Ends soon/).click();
  await grace.getByRole('searchbox').fill('NIGHTLY');
  await row(grace, 'backup').waitFor({ state: 'detached' });
  await grace.getByRole('link', { name: 'nightly build' }).click();
  await dialog(grace).getByText('What was done with it').waitFor();
  expect(grace.url()).toMatch(/q=NIGHTLY.*key=key/);
  await inspect(grace, 'keys-one');
  await grace.keyboard.press('Escape');
});

test('rotating shows a new secret, and the old one works on for the overlap', async () => {
  await muster.services.pool`update api_keys set expires_at = now() + interval '1 day' where name = 'nightly build'`;
  // Rotated, it no longer ends soon: its row leaves the list, and the secret stays in sight.
  await visit(grace, '/keys?state=soon');
  await act(grace, 'nightly build', 'Rotate');
  await choose(grace, 'The old secret works on for', '7 days');
  await inspect(grace, 'keys-rotate');
  await button(dialog(grace), 'Rotate nightly build').click();
  await dialog(grace).getByText('The old secret works on').waitFor();
  const next = await store(grace, 'New secret');
  expect(next).not.toBe(secret);
  const [old, present] = await Promise.all([whoIs(secret), whoIs(next)]);
  expect(old.caller?.keyId).toBe(present.caller?.keyId);
});

test('keys of a removed member are listed, and taken over or revoked in one step', async () => {
  await visit(grace, '/keys');
  await muster.other.clients.teams.removeMember({ teamId: muster.other.teamId, userId: maker.id });
  await grace.getByText(/2 keys of Max stopped working/).waitFor();
  await inspect(grace, 'keys-orphans');
  await button(grace, 'Take over').click();
  await button(dialog(grace), 'Take 2 keys over').click();
  await grace.getByText(/2 keys of Max stopped working/).waitFor({ state: 'detached' });
  await row(grace, 'backup').getByText('Works').waitFor();
  await row(grace, 'backup').getByText('by the rights of Grace').waitFor();
});

test('revoking asks for the name, and what has ended is shown when asked for', async () => {
  await act(grace, 'backup', 'Revoke');
  await dialog(grace).getByRole('textbox').fill('back');
  await button(dialog(grace), 'Revoke backup').click();
  await dialog(grace).getByText('Type it exactly').waitFor();
  await inspect(grace, 'keys-revoke');
  await dialog(grace).getByRole('textbox').fill('backup');
  await button(dialog(grace), 'Revoke backup').click();
  await dialog(grace).waitFor({ state: 'detached' });
  await row(grace, 'backup').waitFor({ state: 'detached' });
  await grace.getByRole('switch', { name: 'Keys that have ended' }).click();
  await row(grace, 'backup').getByText('Revoked').waitFor();
  await button(grace, 'Actions for backup').click();
  await grace.getByText('This key was revoked before.').waitFor();
  await grace.keyboard.press('Escape');
});

test('for a member there are no keys, identities and approvals', async () => {
  await muster.services.pool`
    insert into team_members (team_id, user_id, role) values (${muster.other.teamId}, ${maker.id}, 'member')`;
  await maker.clients.auth.switchTeam({ teamId: muster.other.teamId });
  await visit(max, '/');
  await max.getByRole('link', { name: 'Team' }).first().waitFor();
  for (const area of ['Keys', 'Identities', 'Approvals', 'Installation keys'])
    expect([area, await max.getByRole('link', { name: area }).count()]).toEqual([area, 0]);
  expect(await button(max, 'Admin').count()).toBe(0);
  for (const path of ['/keys', '/identities', '/approvals', '/installation-keys']) {
    await visit(max, path);
    await max.getByRole('heading', { name: 'There is no page at this address' }).waitFor();
  }
});

test('platform admins have the keys of the installation, where the use of the bootstrap key is reported', async () => {
  await visit(ada, '/');
  await go(ada, 'Installation keys');
  await ada.getByText('The bootstrap key from the environment works').waitFor();
  expect((await whoIs(bootstrap.reveal())).caller?.name).toBe('bootstrap');
  await ada.getByText('it was last used').waitFor();
  await row(ada, 'bootstrap').getByText('the environment').first().waitFor();
  await inspect(ada, 'installation-keys');
  await button(ada, 'New key').click();
  await choose(ada, 'Role', /^Admin/);
  await inspect(ada, 'installation-keys-mint');
  await ada.keyboard.press('Escape');
  await ada.getByRole('link', { name: 'audit', exact: true }).click();
  await ada.getByText('bootstrap_key.use').first().waitFor();
});

test('an identity is made with its scopes, and its page shows all of it', async () => {
  await visit(grace, '/identities');
  await grace.getByRole('heading', { name: 'No machine identities yet' }).waitFor();
  await inspect(grace, 'identities-empty');
  await button(grace, 'New identity').first().click();
  await dialog(grace)
    .getByRole('checkbox', { name: /sandbox:read/ })
    .uncheck();
  await button(dialog(grace), 'Make identity').click();
  await dialog(grace).getByText('Choose at least one').waitFor();
  await inspect(grace, 'identities-create');
  await dialog(grace).getByRole('textbox', { name: 'Name' }).fill('tester');
  await choose(grace, 'Environment', /^Staging/);
  for (const scope of ['sandbox:read', 'sandbox:run', 'fleet:read'])
    await dialog(grace)
      .getByRole('checkbox', { name: new RegExp(scope) })
      .check();
  await button(dialog(grace), 'Make identity').click();
  const credential = await store(grace, 'Credential');
  await clientsOf(muster.url, { authorization: `Bearer ${credential}` }).hosts.listHosts({});
  await row(grace, 'tester').getByText('Active').waitFor();
  await inspect(grace, 'identities');
  await grace.getByRole('link', { name: 'tester' }).click();
  await row(grace, 'identity.create').waitFor();
  await inspect(grace, 'identity');
});

test('credentials rotate one by one; an identity pauses, resumes and ends', async () => {
  await button(grace, /^Rotate mst_mid_/).click();
  await button(dialog(grace), 'Rotate credential').click();
  await store(grace, 'Credential');
  await row(grace, 'Retiring').waitFor();
  await button(row(grace, 'Retiring'), /^Rotate mst_mid_/).click();
  await choose(grace, 'The old one works on for', /^Not at all/);
  await button(dialog(grace), 'Rotate credential').click();
  await row(grace, 'Retiring').waitFor({ state: 'detached' });
  await store(grace, 'Credential');
  await act(grace, 'tester', 'New credential');
  await button(dialog(grace), 'Make credential').click();
  await store(grace, 'Credential');
  await act(grace, 'tester', 'Pause');
  await button(dialog(grace), 'Pause tester').click();
  await grace.getByText('Paused').first().waitFor();
  await inspect(grace, 'identity-paused');
  await act(grace, 'tester', 'Resume');
  await button(dialog(grace), 'Resume tester').click();
  await row(grace, 'identity.resume').first().waitFor();
  await act(grace, 'tester', 'Revoke');
  await dialog(grace).getByRole('textbox').fill('tester');
  await button(dialog(grace), 'Revoke tester').click();
  await row(grace, 'identity.revoke').waitFor();
  await button(grace, 'Actions for tester').click();
  await grace.getByText('This identity was revoked before.').waitFor();
  await grace.keyboard.press('Escape');
});

test('a production identity waits for a second person, who sees exactly what is asked', async () => {
  await visit(grace, '/identities?dialog=create');
  await dialog(grace).getByRole('textbox', { name: 'Name' }).fill('deployer');
  await choose(grace, 'Environment', /^Production/);
  await button(dialog(grace), 'Ask for approval').click();
  await dialog(grace).getByText('This waits for a second person.').waitFor();
  await inspect(grace, 'identities-waiting');
  await dialog(grace).getByRole('link', { name: 'See approvals' }).click();
  const own = grace.getByRole('listitem', { name: 'Create the identity deployer' });
  await own.getByText('a second person has to approve it').last().waitFor();
  expect(await button(own, 'Approve').getAttribute('aria-disabled')).toBe('true');
  await inspect(grace, 'approvals-own');

  await visit(ada, '/');
  await ada.getByRole('link', { name: 'Approvals 1 waiting' }).click();
  const asked = ada.getByRole('listitem', { name: 'Create the identity deployer' });
  await asked.getByText('sandbox:read').waitFor();
  await inspect(ada, 'approvals');
  await button(asked, 'Approve').click();
  await inspect(ada, 'approvals-approve');
  await button(dialog(ada), 'Approve exactly this').click();
  await asked.getByText('Approved', { exact: true }).waitFor();
});

test('who asked carries it out, and the decided request stays in sight', async () => {
  await grace.getByRole('link', { name: 'Approvals 1 waiting' }).waitFor();
  const own = grace.getByRole('listitem', { name: 'Create the identity deployer' });
  await button(own, 'Carry it out').click();
  await inspect(grace, 'approvals-carry-out');
  await button(dialog(grace), 'Carry it out').click();
  const credential = await store(grace, 'Credential');
  expect((await whoIs(credential)).caller?.name).toBe('deployer');
  await grace.getByRole('heading', { name: 'Nothing waits for approval' }).waitFor();
  await grace.getByRole('switch', { name: 'Decided requests' }).click();
  await row(grace, 'Create the identity deployer').getByText('Carried out').waitFor();
  await inspect(grace, 'approvals-decided');
});

test('a rejected request is over', async () => {
  await visit(grace, '/identities');
  await act(grace, 'deployer', 'New credential');
  await button(dialog(grace), 'Make credential').click();
  await dialog(grace).getByText('This waits for a second person.').waitFor();
  await button(dialog(grace), 'Done').click();
  await visit(ada, '/approvals?decided=shown');
  const asked = ada.getByRole('listitem', { name: 'Give deployer one more credential' });
  await button(asked, 'Reject').click();
  await button(dialog(ada), 'Reject this request').click();
  await row(ada, 'Give deployer one more credential').getByText('Rejected').waitFor();
});

test('the account page shows the profile and every session, and ends the others one by one', async () => {
  const elsewhere = await signIn(muster.other.email, muster.other.password);
  await visit(grace, '/account');
  await grace.getByText(muster.other.email).first().waitFor();
  const sessions = grace.getByRole('table', { name: 'Sessions' });
  await sessions.getByText('this one').waitFor();
  await expect.poll(() => sessions.getByRole('row').count()).toBe(3);
  await inspect(grace, 'account-sessions');
  const own = sessions.getByRole('row').filter({ hasText: 'this one' });
  expect(await button(own, /^End session/).getAttribute('aria-disabled')).toBe('true');
  const other = sessions.getByRole('row').filter({ hasNotText: 'this one' }).nth(1);
  await button(other, /^End session/).click();
  await expect.poll(() => sessions.getByRole('row').count()).toBe(2);
  // Without a reload: its streams have ended with the session.
  await button(elsewhere, 'Sign in').waitFor();
  await elsewhere.context().close();
  await grace.getByLabel('Present password', { exact: true }).fill('not my password');
  await grace.getByLabel('New password', { exact: true }).fill('another battery staple');
  await button(grace, 'Change password').click();
  await grace.getByText('This is not your present password.').waitFor();
});

test('a platform admin makes a link that sets a new password once, for somebody to whom no mail can go', async () => {
  await visit(ada, '/users');
  await act(ada, 'Max', 'New password by link');
  await dialog(ada).getByText('Their password stays as it is').waitFor();
  await inspect(ada, 'users-reset');
  await button(dialog(ada), 'Make the link').click();
  const link = await dialog(ada).getByLabel('Link', { exact: true }).innerText();
  await ada.keyboard.press('Escape');
  await inspect(ada, 'users-reset-link');
  await button(dialog(ada), 'I have copied it').click();
  await dialog(ada).waitFor({ state: 'hidden' });
  expect(await ada.content()).not.toContain(link);

  const password = 'a new battery staple';
  const visitor = await openWindow();
  await visitor.goto(link);
  await visitor.getByLabel('New password', { exact: true }).fill(password);
  await button(visitor, 'Set the password').click();
  await visitor.getByRole('link', { name: 'Sign in' }).waitFor();
  await visitor.context().close();
  // The sessions before are over.
  await button(max, 'Sign in').waitFor();
  await (await signIn(maker.email, password)).context().close();
});

test('no page had an error of its own', () => {
  expect(trouble.flat()).toEqual([]);
});
