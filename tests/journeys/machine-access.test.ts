import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startSimulatedFleet, type SimulatedFleet } from '../../control-plane/hosts/testing/simulated-fleet.ts';
import { newPublicKey } from '../../control-plane/machine-access/testing/new-public-key.ts';
import { expectEventually } from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import type { SimulatedHost } from '../../simulator/index.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 300_000 });

let fleet: SimulatedFleet;
let desk: SimulatedHost;
let shelf: SimulatedHost;
let browser: Browser;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  fleet = await startSimulatedFleet(0, { env: { MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist') } });
  const accounts = [{ name: 'tester', takesSupport: true, takesTesters: true }];
  desk = await fleet.addHost('desk', { accounts });
  shelf = await fleet.addHost('shelf', { accounts });
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: desktop, reducedMotion: 'reduce' });
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await fleet?.stop();
});

const dialog = () => page.getByRole('dialog');
const keysOn = (host: SimulatedHost) => host.access.keys.length;

test('an admin adds a support key, and sees it come onto the machines, one of which is away', async () => {
  await page.goto(`${fleet.plane.url}/sign-in`);
  await page.getByLabel('Email').fill(fleet.plane.admin.email);
  await page.getByLabel('Password', { exact: true }).fill(fleet.plane.admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
  await page.goto(`${fleet.plane.url}/machine-access`);
  await page.getByText('Applied on 2 of 2 machines.').waitFor();
  await page.getByRole('heading', { name: 'No support keys' }).waitFor();
  await inspect(page, 'machine-access-empty');

  shelf.goSilent();
  await page.getByRole('button', { name: 'Add support key' }).first().click();
  await dialog().getByLabel('Whose').fill('Eve, laptop');
  await dialog().getByLabel('Public key').fill(`no-pty ${newPublicKey()}`);
  await dialog().getByRole('button', { name: 'Add support key' }).click();
  await dialog().getByText('options are not taken here').waitFor();
  await dialog().getByLabel('Public key').fill(`${newPublicKey()} eve@laptop\n`);
  await dialog().getByRole('button', { name: 'Add support key' }).click();
  await page.getByText('Applied on 1 of 2 machines.').waitFor();
  await page.getByRole('table', { name: 'Machines that are behind' }).getByText('shelf').waitFor();
  await page.getByRole('table', { name: 'Support keys' }).getByText('1 of 2').waitFor();
  await inspect(page, 'machine-access-behind');
  shelf.comeBack();
  await page.getByText('Applied on 2 of 2 machines.').waitFor();
  await page.getByRole('table', { name: 'Support keys' }).getByText('2 of 2').waitFor();
  expect([desk, shelf].map(keysOn)).toEqual([1, 1]);
});

test('they let somebody onto a machine and turn SSH on for them, and take both back', async () => {
  await page.goto(`${fleet.plane.url}/hosts/${desk.id}`);
  await page.getByRole('button', { name: 'Change people' }).click();
  await dialog().getByLabel('Find by name or address').fill('grace');
  await dialog().getByRole('button', { name: 'Add Grace' }).click();
  await dialog().getByRole('button', { name: 'Take Grace off the list' }).waitFor();
  await inspect(page, 'host-people');
  await dialog().getByRole('button', { name: 'Save list' }).click();
  await page.getByText('Grace (SSH is off)').waitFor();
  await inspect(page, 'host-access');

  await page.goto(`${fleet.plane.url}/machine-access`);
  await page.getByRole('button', { name: 'Change SSH of Grace' }).click();
  await dialog().getByLabel('SSH is on').check();
  await dialog().getByLabel('Public key').fill(newPublicKey());
  await dialog().getByRole('button', { name: 'Turn SSH on' }).click();
  await page.getByRole('table', { name: 'People' }).getByText('key on it', { exact: true }).waitFor();
  await expectEventually(() => keysOn(desk), 2);
  await inspect(page, 'machine-access');

  await page.getByRole('button', { name: 'Change SSH of Grace' }).click();
  await inspect(page, 'machine-access-ssh');
  await dialog().getByLabel('SSH is on').uncheck();
  await dialog().getByRole('button', { name: 'Turn SSH off' }).click();
  await page.getByRole('table', { name: 'People' }).getByText('no key on it').waitFor();
  await page.getByRole('button', { name: 'Remove the key of Eve, laptop' }).click();
  await dialog().getByRole('button', { name: 'Remove the key' }).click();
  await page.getByRole('heading', { name: 'No support keys' }).waitFor();
  await expectEventually(() => [desk, shelf].map(keysOn), [0, 0]);
  expect(trouble).toEqual([]);
});
