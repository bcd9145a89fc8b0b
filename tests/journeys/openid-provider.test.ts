import { join } from 'node:path';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  callPlain,
  eventually,
  startTestControlPlane,
  type TestControlPlane,
} from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { startOpenidProvider, type OpenidProvider } from '../support/openid-provider.ts';
import { repositoryRoot } from '../support/process.ts';
import { dumpDatabase } from '../secrets/dump.ts';
import { Ledger } from '../secrets/ledger.ts';
import { freePort } from '../support/free-port.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

const audience = 'https://muster.example/api';
let provider: OpenidProvider;
let muster: TestControlPlane;
let browser: Browser;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  provider = await startOpenidProvider({ port: await freePort(), consoleUrl: url });
  provider.people.set('ada-1815', { name: 'Ada Lovelace', email: 'ada@example.org', team: 'engines', roles: ['lead'] });
  provider.people.set('guest', { name: 'A Guest', team: ['engines', 'visitors'], roles: [] });
  provider.people.set('teamless', { name: 'Nobody’s', roles: ['operator'] });
  muster = await startTestControlPlane({
    users: false,
    env: {
      MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist'),
      MUSTER_LISTEN: `127.0.0.1:${port}`,
      MUSTER_PUBLIC_URL: url,
      MUSTER_USER_MODE: 'oidc',
      MUSTER_OIDC_ISSUER: provider.issuer,
      MUSTER_OIDC_CLIENT_ID: provider.client.id,
      MUSTER_OIDC_CLIENT_SECRET: provider.client.secret,
      MUSTER_OIDC_AUDIENCE: audience,
      MUSTER_PLATFORM_ADMINS: 'ada-1815',
      MUSTER_ROLE_MAP: 'lead=owner',
    },
  });
  browser = await launchBrowser();
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await muster?.stop();
  await provider?.stop();
});

/** A browser of its own, on the console's page; signed in nowhere. */
async function open(path: string): Promise<void> {
  await page?.context().close();
  page = await (await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' })).newPage();
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
  await page.goto(muster.url + path);
}

async function signInAs(name: string): Promise<void> {
  await page.getByRole('link', { name: /^Sign in with 127/ }).click();
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

test('who is not signed in finds the way to the provider, and no form', async () => {
  await open('/sandboxes?state=running');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
  await inspect(page, 'sign-in-oidc');
});

test('signing in at the provider leads back to the page that was wanted, with the team and role that it names', async () => {
  await signInAs('ada-1815');
  await page.getByRole('heading', { name: 'Sandboxes', exact: true }).waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/sandboxes?state=running');
  const { caller } = await callerInPage();
  expect(caller).toMatchObject({
    kind: 'CALLER_KIND_SESSION',
    name: 'Ada Lovelace',
    email: 'ada@example.org',
    platformAdmin: true,
    teams: [{ teamName: 'engines', role: 'TEAM_ROLE_OWNER' }],
  });
  await page.goto(`${muster.url}/account`);
  await page.getByText('platform admin', { exact: true }).first().waitFor();
  expect(await page.getByRole('heading', { name: 'Password' }).count()).toBe(0);
  await inspect(page, 'account-of-oidc');
  const [session] = await muster.services.pool<{ hours: number }[]>`
    select round(extract(epoch from expires_at - now()) / 3600)::int as hours from sessions`;
  expect(session?.hours).toBe(12);
  expect(trouble).toEqual([]);
});

test('signing out ends the session here, and leads to the provider to end it there', async () => {
  const cookie = await sessionCookie();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  await page.getByRole('button', { name: /account of Ada/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL(`${provider.issuer}/session/end?**`);
  await page.getByRole('button', { name: /sign me out/ }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(page.url()).toBe(`${muster.url}/sign-in`);
  const cookieHeader = `${cookie!.name}=${cookie!.value}`;
  expect((await plain('AuthService/GetCaller', { cookie: cookieHeader })).status).toBe(401);
});

test('who comes with no role that is known may only look, in all their teams', async () => {
  await open('/sign-in');
  await signInAs('guest');
  await page.getByRole('heading', { name: 'My machine', exact: true }).waitFor();
  const { caller } = await callerInPage();
  expect(new Map(caller.teams.map(({ teamName, role }) => [teamName, role]))).toEqual(
    new Map([
      ['engines', 'TEAM_ROLE_READ_ONLY'],
      ['visitors', 'TEAM_ROLE_READ_ONLY'],
    ]),
  );
  expect(caller.teams.find(({ teamId }) => teamId === caller.activeTeamId)?.teamName).toBe('engines');
});

test('who has no team at the provider is told so, and can try again', async () => {
  await open('/sign-in');
  await signInAs('teamless');
  await page.getByText('The sign-in service names no team of yours: team is missing.').waitFor();
  await inspect(page, 'sign-in-oidc-no-team');
  expect(await muster.services.pool`select from users where sso_id = 'teamless'`).toEqual([]);
});

test('a platform admin locks somebody out: they stay out, and are told so', async () => {
  await muster.services.pool`update users set active = false where sso_id = 'guest'`;
  await open('/sign-in');
  await signInAs('guest');
  await page.getByText('Your account is locked on this installation.').waitFor();
  await muster.services.pool`update users set active = true where sso_id = 'guest'`;
});

test('who says no at the provider is back where they were', async () => {
  await open('/sign-in');
  await page.getByRole('link', { name: /^Sign in with 127/ }).click();
  await page.getByRole('link', { name: /Cancel/ }).click();
  await page.getByText('The sign-in service did not let you in.').waitFor();
});

test('what comes back from elsewhere, twice, too late or without its cookie signs nobody in', async () => {
  const begin = async () => {
    const answer = await fetch(`${muster.url}/sso/login?next=/hosts`, { redirect: 'manual' });
    const to = new URL(answer.headers.get('location')!);
    return {
      cookie: answer.headers.get('set-cookie')!.split(';')[0]!,
      to,
      attributes: answer.headers.get('set-cookie')!,
    };
  };
  const finish = async (query: string, cookie?: string) => {
    const answer = await fetch(`${muster.url}/sso/callback?${query}`, {
      redirect: 'manual',
      headers: cookie === undefined ? {} : { cookie },
    });
    expect(answer.headers.get('set-cookie')).not.toContain('mst_ses_');
    return new URL(answer.headers.get('location')!).searchParams.get('problem');
  };
  const { cookie, to, attributes } = await begin();
  expect(Object.fromEntries(to.searchParams)).toMatchObject({
    response_type: 'code',
    redirect_uri: `${muster.url}/sso/callback`,
    code_challenge_method: 'S256',
    scope: 'openid profile email',
  });
  expect(attributes).toMatch(/HttpOnly; SameSite=Lax; Max-Age=600$/);
  const state = to.searchParams.get('state')!;
  expect(await finish(`code=x&state=${state}`)).toBe('over');
  expect(await finish(`code=x&state=${state}`, `${cookie.split('=')[0]}=bm9uc2Vuc2U`)).toBe('over');
  expect(await finish(`code=x&state=other`, cookie)).toBe('failed');
  expect(await finish(`code=x`, cookie)).toBe('failed');
  expect(await finish(`code=x&state=${state}`, cookie)).toBe('failed');
  expect(await finish(`code=x&state=${state}&iss=https://evil.example`, cookie)).toBe('failed');
  expect(await finish(`error=access_denied&state=${state}&iss=${encodeURIComponent(provider.issuer)}`, cookie)).toBe(
    'refused',
  );
  expect(await finish('', cookie)).toBe('failed');
});

test.each([
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '/..//evil.example',
  'javascript:alert(1)',
  '%',
])('nobody is led to another site by %s', async (next) => {
  await open(`/sso/login?next=${encodeURIComponent(next)}`);
  await page.locator('input[name=login]').fill('ada-1815');
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
  expect(new URL(page.url()).origin).toBe(muster.url);
});

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;
const claims = () => ({
  iss: provider.issuer,
  aud: audience,
  sub: 'robot',
  exp: inAnHour(),
  team: 'engines',
  roles: ['operator'],
});
const plain = (method: string, headers: Record<string, string>, message: unknown = {}) =>
  callPlain(muster.url, `muster.v1.${method}`, message, headers);
const present = (token: string, method = 'AuthService/GetCaller') =>
  plain(method, { authorization: `Bearer ${token}` });

test('a token of the provider for us is a person; it has no session, and makes none', async () => {
  expect(await present(await provider.sign(claims()))).toMatchObject({
    status: 200,
    body: { caller: { kind: 'CALLER_KIND_OIDC_TOKEN', teams: [{ teamName: 'engines', role: 'TEAM_ROLE_MEMBER' }] } },
  });
  for (const method of ['AuthService/CreateUserToken', 'AuthService/ListSessions'])
    expect((await present(await provider.sign(claims()), method)).status).toBe(403);
});

test('tokens that do not hold are one and the same refusal', async () => {
  const bad: Record<string, string> = {
    'another audience': await provider.sign({ ...claims(), aud: 'https://other.example' }),
    'the ID token’s audience': await provider.sign({ ...claims(), aud: provider.client.id }),
    'our own audience': await provider.sign({ ...claims(), aud: 'muster-user' }),
    'another issuer': await provider.sign({ ...claims(), iss: 'https://evil.example' }),
    over: await provider.sign({ ...claims(), exp: inAnHour() - 7200 }),
    'not yet': await provider.sign({ ...claims(), nbf: inAnHour() }),
    'without an end': await provider.sign({ ...claims(), exp: undefined }),
    'without a team': await provider.sign({ ...claims(), team: undefined }),
    'an unknown key': await provider.sign(claims(), { kid: 'other' }),
    'no signature': new UnsecuredJWT(claims()).encode(),
    'the public key as a secret': await new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', kid: 'the-key' })
      .sign(Buffer.from(provider.publicKeyText)),
  };
  for (const [what, token] of Object.entries(bad)) {
    expect([what, (await present(token)).body]).toMatchObject([
      what,
      { message: 'No valid credential was presented.' },
    ]);
  }
});

test('while the provider is away nobody signs in, and everything else goes on; then it is found again', async () => {
  const fresh = await muster.startReplica({ MUSTER_LISTEN: '127.0.0.1:0', MUSTER_OIDC_ISSUER: provider.issuer });
  const session = await sessionOf('ada-1815');
  const token = await provider.sign(claims());
  await provider.stop();
  const late = await muster.startReplica({ MUSTER_LISTEN: '127.0.0.1:0' });
  expect(await callPlain(late.url, 'muster.v1.AuthService/GetCaller', {}, session)).toMatchObject({ status: 200 });
  expect(
    await callPlain(late.url, 'muster.v1.AuthService/GetCaller', {}, { authorization: `Bearer ${token}` }),
  ).toMatchObject({
    status: 503,
    info: { reason: 'REASON_SIGN_IN_SERVICE_UNREACHABLE' },
  });
  const begun = await fetch(`${late.url}/sso/login`, { redirect: 'manual' });
  expect(begun.headers.get('location')).toBe(`${muster.url}/sign-in?problem=unreachable`);
  expect(muster.log.some((line) => line.includes('could not be asked what it offers'))).toBe(true);
  await open('/sign-in?problem=unreachable');
  await page.getByText('The sign-in service cannot be reached now.').waitFor();
  await inspect(page, 'sign-in-oidc-unreachable');
  await provider.start();
  await eventually(
    () => fetch(`${late.url}/sso/login`, { redirect: 'manual' }),
    (answer) => expect(answer.headers.get('location')).toContain(provider.issuer),
  );
  expect(
    (await callPlain(fresh.url, 'muster.v1.AuthService/GetCaller', {}, { authorization: `Bearer ${token}` })).status,
  ).toBe(200);
});

test('going back to passwords, and to the provider again, keeps what was there apart', async () => {
  const session = await sessionOf('ada-1815');
  const passwords = await muster.startReplica({ MUSTER_LISTEN: '127.0.0.1:0', MUSTER_USER_MODE: 'password' });
  const ask = (url: string, method: string) => callPlain(url, `muster.v1.${method}`, {}, session);
  expect((await ask(passwords.url, 'AuthService/GetCaller')).status).toBe(401);
  expect((await ask(passwords.url, 'SetupService/GetSetup')).body).toMatchObject({ setupRequired: true });
  expect((await ask(muster.url, 'AuthService/GetCaller')).status).toBe(200);
});

test('the secret of the client is in no line of the log and nowhere in the database', async () => {
  const ledger = new Ledger();
  ledger.mint('secret of the client', provider.client.secret);
  const log = { name: 'log', text: muster.log.join('\n') };
  expect(log.text).toContain('AuthService/GetCaller');
  expect(ledger.leaksIn([log, ...(await dumpDatabase(muster.databaseUrl))])).toEqual([]);
});

const callerInPage = () =>
  page.evaluate(async () => {
    const answer = await fetch('/muster.v1.AuthService/GetCaller', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    return (await answer.json()) as {
      caller: { activeTeamId: string; teams: { teamId: string; teamName: string; role: string }[] };
    };
  });

/** The provider's cookies are there, too: browsers do not tell ports apart. */
const sessionCookie = async () =>
  (await page.context().cookies()).find(({ name }) => name === `muster-loopback-${new URL(muster.url).port}`);

/** A session of somebody who has just signed in, as the browser carries it. */
async function sessionOf(name: string): Promise<Record<string, string>> {
  await open('/sign-in');
  await signInAs(name);
  await page.getByRole('button', { name: /account of/ }).waitFor();
  const cookie = await sessionCookie();
  return { cookie: `${cookie!.name}=${cookie!.value}` };
}
