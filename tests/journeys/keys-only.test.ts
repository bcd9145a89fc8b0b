import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mintToken } from '#contract/token.ts';
import { callPlain, startTestControlPlane, type TestControlPlane } from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';

vi.setConfig({ testTimeout: 180_000 });

const key = mintToken('org').secret.reveal();
let muster: TestControlPlane;
let browser: Browser;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  muster = await startTestControlPlane({
    users: false,
    env: {
      MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist'),
      MUSTER_AUTH_MODE: 'api_key_only',
      MUSTER_BOOTSTRAP_KEY: key,
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
});

test('where only keys get in, the console says so, asks for nothing, and keys work', async () => {
  await page.goto(`${muster.url}/sandboxes`);
  await page.getByRole('heading', { name: 'Nobody signs in here' }).waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
  await inspect(page, 'keys-only');
  await page.goto(`${muster.url}/setup`);
  expect(await page.getByRole('textbox').count(), 'nobody is the first admin here').toBe(0);
  const made = await callPlain(
    muster.url,
    'muster.v1.ApiKeyService/CreateApiKey',
    { name: 'ci', role: 'KEY_ROLE_OPERATOR' },
    { authorization: `Bearer ${key}` },
  );
  expect(made).toMatchObject({ status: 200 });
  expect(trouble).toEqual([]);
});
