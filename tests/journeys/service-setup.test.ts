import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ask } from '../../control-plane/gateway/testing/ask.ts';
import { startTestProvider, type TestProvider } from '../../control-plane/gateway/testing/provider.ts';
import { startMailServer, type TestMailServer } from '../../control-plane/mail/testing/mail-server.ts';
import { settingsOf } from '../../control-plane/settings/testing/set.ts';
import { startTestService, type TestService } from '../../control-plane/settings/testing/service.ts';
import { startTestControlPlane, type TestControlPlane } from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 300_000 });

const key = 'sk-or-v1-Jw5nB2-of-the-browser';
let mail: TestMailServer;
let provider: TestService;
let models: TestProvider;
let muster: TestControlPlane;
let browser: Browser;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  [mail, provider, models] = await Promise.all([startMailServer(), startTestService(), startTestProvider()]);
  provider.key = key;
  muster = await startTestControlPlane({
    env: { MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist'), MUSTER_PRIVATE_RANGES: '127.0.0.1' },
  });
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: desktop, reducedMotion: 'reduce' });
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await muster?.stop();
  await Promise.all([mail?.close(), provider?.close(), models?.close()]);
});

const group = (title: string) => page.getByRole('region', { name: title, exact: true });
/** By the keyboard alone: the field, the value, Enter. */
const enter = async (within: string, label: string, value: string) => {
  const field = group(within).getByLabel(label, { exact: true });
  await field.fill(value);
  await field.press('Enter');
};

test('an admin sets up mail in the browser, and sees the test mail taken', async () => {
  await page.goto(`${muster.url}/sign-in`);
  await page.getByLabel('Email').fill(muster.admin.email);
  await page.getByLabel('Password', { exact: true }).fill(muster.admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Admin' }).click();
  await page.getByRole('menuitem', { name: 'Service setup' }).click();
  await page.getByText('No mail is sent; no provider has a key.').waitFor();
  await inspect(page, 'service-setup-empty');

  await group('Mail').getByLabel('Sent through').click();
  await page.getByRole('option', { name: 'A mail server (SMTP)' }).click();
  const { hostname, port } = new URL(mail.url);
  await enter('Mail', 'Server', hostname);
  await group('Mail').getByRole('button', { name: 'Change Server' }).waitFor();
  await group('Mail').getByLabel('Encryption').click();
  await page.getByRole('option', { name: /^None/ }).click();
  await group('Mail').getByRole('button', { name: 'Change Port' }).click();
  await enter('Mail', 'Port', port);
  await group('Mail').getByRole('button', { name: 'Change Port' }).waitFor();
  await enter('Mail', 'User', 'muster');
  await group('Mail').getByRole('button', { name: 'Change User' }).waitFor();
  await enter('Mail', 'From address', 'nobody');
  await group('Mail').getByText('From address must be an email address').waitFor();
  await enter('Mail', 'From address', 'muster@example.com');
  await enter('Mail', 'Password', 'a wrong one');
  await group('Mail')
    .getByText(/fingerprint/)
    .waitFor();
  await group('Mail').getByRole('button', { name: 'Send test mail' }).click();
  await group('Mail')
    .getByRole('status')
    .getByText(/does not take the user and the password/)
    .waitFor();
  await group('Mail').getByText('Refused').waitFor();
  await inspect(page, 'service-setup-mail-refused');

  await group('Mail').getByRole('button', { name: 'Replace Password' }).click();
  await enter('Mail', 'Password', 'of the mail server');
  await group('Mail').getByRole('button', { name: 'Send test mail' }).click();
  await group('Mail')
    .getByRole('status')
    .getByText(/took the mail to/)
    .waitFor();
  await group('Mail').getByText('Ready').waitFor();
  expect(mail.mails.map(({ to }) => to)).toEqual([muster.admin.email]);
});

test('a provider’s key goes in, is tried, and stands nowhere on the page', async () => {
  const openrouter = group('OpenRouter');
  await openrouter.getByRole('button', { name: 'Change Base URL' }).click();
  await enter('OpenRouter', 'Base URL', `${provider.url}/api/v1`);
  await openrouter.getByRole('button', { name: 'Change Base URL' }).waitFor();
  await enter('OpenRouter', 'API key', key);
  await openrouter.getByRole('button', { name: 'Replace API key' }).waitFor();
  await openrouter.getByRole('button', { name: /^Try key/ }).click();
  await openrouter.getByRole('status').getByText('OpenRouter takes the key.').waitFor();
  await page.getByText('Mail is sent; 1 of 4 providers have a key.').waitFor();
  await inspect(page, 'service-setup');
  expect(await page.content()).not.toContain('Jw5nB2');
  await page.reload();
  await openrouter.getByText(/last used/).waitFor();
  expect(await page.content()).not.toContain('Jw5nB2');
});

test('who saves what somebody else changed meanwhile is told, and saves over it when they still want to', async () => {
  const { settings } = muster.admin.clients;
  await group('Kimi').getByLabel('API key', { exact: true }).fill('sk-of-the-browser');
  await settings.setSecret({ name: 'kimi.api_key', value: 'sk-of-somebody-else', version: 0n });
  await group('Kimi').getByLabel('API key', { exact: true }).press('Enter');
  await group('Kimi')
    .getByText(/changed this in the meantime: it is at version 1 now/)
    .waitFor();
  expect(trouble.filter((line) => !/409|aborted/i.test(line))).toEqual([]);
});

test('the model gateway: a token is minted, its use appears while the page is open, and a cap is set and holds', async () => {
  const settings = settingsOf(muster.admin.clients);
  await settings.set('groq.base_url', models.url);
  await settings.setSecret('groq.api_key', 'gsk_of-the-gateway');
  await settings.set('groq.gateway', 'on');
  await page.goto(`${muster.url}/gateway`);
  await page.getByText('Nobody has a token yet.').waitFor();
  await page.getByRole('heading', { name: 'Nothing was used in these days' }).waitFor();
  await page.getByRole('button', { name: 'New token' }).click();
  await page.getByLabel('Name', { exact: true }).fill('laptop');
  await page.getByRole('button', { name: 'Mint token' }).click();
  const secret = (await page.getByLabel('Token', { exact: true }).textContent())!;
  expect(secret).toMatch(/^mst_gwy_/);
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByRole('table', { name: 'Tokens' }).getByText('laptop', { exact: true }).waitFor();
  expect(await page.content()).not.toContain(secret);

  const chat = { model: 'groq/llama-small', max_tokens: 50, messages: [{ role: 'user', content: 'Hello' }] };
  expect((await ask(muster.url, secret, chat)).status).toBe(200);
  const uses = page.getByRole('table', { name: 'Use by day' });
  await uses.getByText('groq/llama-small').waitFor();
  await page.getByText('20 tokens were used today by one person; everybody is below their caps.').waitFor();
  await inspect(page, 'gateway');

  await page.getByRole('button', { name: `Set caps of ${muster.admin.name}` }).click();
  await page.getByLabel('What holds').click();
  await page.getByRole('option', { name: 'Caps of their own' }).click();
  await page.getByLabel('In a day').fill('20');
  await page.getByRole('dialog').getByRole('button', { name: 'Set caps' }).click();
  await page.getByText('20 tokens were used today by one person; one person is at a cap.').waitFor();
  expect((await ask(muster.url, secret, chat)).error).toMatchObject({ code: 'insufficient_quota' });
  expect(trouble.filter((line) => !/409|aborted/i.test(line))).toEqual([]);
});
