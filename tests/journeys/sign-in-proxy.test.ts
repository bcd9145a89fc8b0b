import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { callPlain, startTestControlPlane, type TestControlPlane } from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { startNginx, type Nginx } from '../support/nginx.ts';
import { repositoryRoot } from '../support/process.ts';
import { startSignInService, type SignInService } from '../support/sign-in-service.ts';
import { freePort } from '../support/free-port.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

const secret = 'the secret that only the proxy and the server know';
let service: SignInService;
let muster: TestControlPlane;
let nginx: Nginx;
let browser: Browser;
let page: Page;
let trouble: string[];

const says = (user: string, team: string, groups: string) => ({
  'x-auth-request-user': user,
  'x-auth-request-team': team,
  'x-auth-request-groups': groups,
});

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  service = await startSignInService(
    new Map<string, Record<string, string>>([
      ['ada', says('ada', 'engines', 'owner,wheel')],
      ['reader', says('reader', 'engines', 'visitors')],
      ['teamless', { 'x-auth-request-user': 'teamless', 'x-auth-request-groups': 'operator' }],
    ]),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  muster = await startTestControlPlane({
    users: false,
    env: {
      MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist'),
      MUSTER_USER_MODE: 'trusted_header',
      MUSTER_PUBLIC_URL: url,
      MUSTER_PROXY_RANGES: '127.0.0.1',
      MUSTER_PROXY_SECRET: secret,
      MUSTER_PLATFORM_ADMINS: 'ada',
      MUSTER_SIGN_OUT_URL: `${url}/oauth2/sign_out`,
    },
  });
  nginx = await startNginx({ port, serverUrl: muster.url, signInUrl: service.url, secret });
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: desktop, reducedMotion: 'reduce' });
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await nginx?.stop();
  await muster?.stop();
  await service?.stop();
});

const signInAs = async (name: string) => {
  await page.context().clearCookies();
  await page.goto(`${nginx.url}/sandboxes`);
  await page.getByRole('link', { name, exact: true }).click();
};

test('who signs in at the company is signed in here, and comes to the page that they wanted', async () => {
  await signInAs('ada');
  await page.getByRole('heading', { name: 'Sandboxes', exact: true }).waitFor();
  await page.getByRole('button', { name: /account of ada/ }).waitFor();
  await page.goto(`${nginx.url}/account`);
  await page.getByText('platform admin', { exact: true }).first().waitFor();
  expect(await page.getByText('Password').count()).toBe(0);
  expect(await page.getByText('Sessions').count()).toBe(0);
  await inspect(page, 'account-of-sign-in-proxy');
  await page.goto(`${nginx.url}/team`);
  await page.getByRole('heading', { name: 'engines' }).waitFor();
  await page.getByRole('button', { name: 'Invite' }).hover();
  await inspect(page, 'team-of-sign-in-proxy');
  for (const path of ['/sign-in', '/sign-up', '/setup', '/forgot-password']) {
    await page.goto(nginx.url + path);
    await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
  }
  expect(trouble).toEqual([]);
});

test('who may only look finds nothing to press', async () => {
  await signInAs('reader');
  await page.getByRole('heading', { name: 'Sandboxes', exact: true }).waitFor();
  const { caller } = await page.evaluate(async () => {
    const answer = await fetch('/muster.v1.AuthService/GetCaller', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    return (await answer.json()) as { caller: { teams: { role: string }[] } };
  });
  expect(caller.teams[0]?.role).toBe('TEAM_ROLE_READ_ONLY');
});

test('where the proxy leaves something out, the console says what, and asks nobody for a password', async () => {
  await signInAs('teamless');
  await page.getByRole('heading', { name: 'Your sign-in proxy is misconfigured' }).waitFor();
  await page.getByText('The sign-in proxy did not send x-opensandbox-team.').waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
  await inspect(page, 'sign-in-proxy-misconfigured');
  service.people.set('teamless', says('teamless', 'engines', 'operator'));
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'Sandboxes', exact: true }).waitFor();
});

test('past the proxy there is no way in, and the page says so', async () => {
  await page.goto(muster.url);
  await page.getByRole('heading', { name: 'Your sign-in proxy is misconfigured' }).waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
});

test('signing out leads to the company’s own page for it', async () => {
  await signInAs('ada');
  await page.getByRole('button', { name: /account of ada/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('Signed out at the company').waitFor();
});

test('keys go through the proxy as they went before, and nothing that a visitor forges does', async () => {
  const call = (method: string, message: unknown, headers: Record<string, string>) =>
    callPlain(nginx.url, `muster.v1.${method}`, message, headers);
  const ada = { cookie: 'company-sign-in=ada' };
  const who = async (headers: Record<string, string>) => {
    const { status, body } = await call('AuthService/GetCaller', {}, headers);
    return { status, ...(body['caller'] as { name?: string; keyRole?: string } | undefined) };
  };
  const [team] = await muster.services.pool<{ id: string }[]>`select id from teams where sso_name = 'engines'`;
  const { body } = await call('ApiKeyService/CreateApiKey', { name: 'ci', role: 2, teamId: team!.id }, ada);
  const secretOfKey = String(body['secret']);
  for (const header of ['x-api-key', 'open-sandbox-api-key'])
    expect(await who({ [header]: secretOfKey })).toMatchObject({ status: 200, name: 'ci' });
  // Whoever has the company's cookie, too, chose the key.
  expect(await who({ ...ada, 'x-api-key': secretOfKey })).toMatchObject({ status: 200, name: 'ci' });
  const forged = { 'x-opensandbox-user': 'ada', 'x-opensandbox-team': 'engines', 'x-opensandbox-roles': 'owner' };
  expect(await who(forged)).toMatchObject({ status: 401 });
  expect(await who({ ...forged, 'x-api-key': secretOfKey })).toMatchObject({ status: 200, name: 'ci' });
  expect(await who({ cookie: 'company-sign-in=reader', ...forged })).toMatchObject({ status: 200, name: 'reader' });
  expect(await who({ ...ada, x_opensandbox_user: 'root' })).toMatchObject({ status: 200, name: 'ada' });
  // Agents join without a person.
  const join = await callPlain(nginx.url, 'muster.agent.v1.EnrolmentService/JoinHost', {}, forged);
  expect(join).toMatchObject({ status: 400, info: { reason: 'REASON_INVALID_FIELD' } });
  const [use] = await muster.services.pool<{ address: string }[]>`
    select last_used_address as address from credentials where key_id is not null`;
  expect(use?.address).toBe('127.0.0.1');
});
