import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startReceiver, type Receiver } from '../../control-plane/alerts/testing/receiver.ts';
import { makeSigningKey } from '../../control-plane/fleet/provenance/testing/sign.ts';
import { startGitServer, type GitServer } from '../../control-plane/fleet/testing/git-server.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { firstAdmin } from '../support/clients.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';
import { cloneRepository, makeRepository, type TestRepository } from '../support/repository.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

let system: System;
let host: TestHost;
let browser: Browser;
let page: Page;
let trouble: string[];
let upstream: TestRepository;
let deployed: TestRepository;
let forge: GitServer;
let forgeRoot: string;
let receiver: Receiver;

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  forgeRoot = mkdtempSync(join(tmpdir(), 'muster-forge-'));
  forge = await startGitServer(forgeRoot);
  receiver = await startReceiver();
  system = await startSystem({
    MUSTER_ALERT_INTERVAL: '300ms',
    MUSTER_PRIVATE_RANGES: '127.0.0.1',
    MUSTER_LOCAL_REPOSITORY_POLL: '300ms',
    GIT_SSL_CAINFO: join(forgeRoot, 'certificate.pem'),
  });
  upstream = makeRepository(system.directory, 'web');
  deployed = cloneRepository(upstream, join(system.directory, 'deployed'));
  host = await system.addHost('tester');
  await system.admin.fleet.registerRepository({ name: 'web', url: upstream.path });
  writeFileSync(
    join(host.dataDir, 'agent.json'),
    JSON.stringify({
      components: [
        { name: 'web', repository: 'web', probe: { kind: 'worktree', path: deployed.path, process: 'none' } },
      ],
    }),
  );
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce', acceptDownloads: true });
  page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await system?.stop();
  await forge?.stop();
  await receiver?.close();
  if (forgeRoot) rmSync(forgeRoot, { recursive: true });
});

const button = (name: string | RegExp) => page.getByRole('button', { name });
const dialog = () => page.getByRole('dialog');

test('the page offers a gate for CI and saves the fleet as a table', async () => {
  await page.goto(system.url);
  await page.getByRole('textbox', { name: 'Email' }).fill(firstAdmin.email);
  await page.getByLabel('Password', { exact: true }).fill(firstAdmin.password);
  await button('Sign in').click();
  await page.getByText('Begin').first().waitFor();
  // Agents sign what they report from the second time on, over the number that the first answer gave.
  await page.getByText('Signed by the host, from a working tree').waitFor();
  await button('CI gate').click();
  await dialog().getByText('fleet wait --repository web').waitFor();
  await inspect(page, 'fleet-gate');
  await dialog().getByRole('button', { name: 'Close' }).first().click();
  await button('Export').click();
  await inspect(page, 'fleet-export');
  const download = page.waitForEvent('download');
  await dialog().getByRole('button', { name: 'Export' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^muster-fleet-\d{4}-\d\d-\d\d\.csv$/);
  expect(readFileSync(await file.path(), 'utf8')).toMatch(/^host_id,host,.*\r\n.*"tester"/);
});

test('a host shows what ran there, and a component is pinned with its reason and unpinned', async () => {
  const first = deployed.git('rev-parse', 'HEAD');
  await page.goto(`${system.url}/hosts/${host.id}`);
  await page.getByText('Begin').first().waitFor();
  upstream.commit('Change the colour');
  await page.getByText(/It lacks 1 commit of main/).waitFor();
  await button('Pin web').click();
  await dialog().getByRole('textbox', { name: 'Reason' }).fill('The old colour is being printed.');
  expect(await dialog().getByRole('textbox', { name: 'Commit' }).inputValue()).toBe(first);
  await inspect(page, 'host-pin');
  await dialog().getByRole('button', { name: 'Pin component' }).click();
  await page.getByText(/It runs its pin .* “The old colour is being printed.”/).waitFor();
  deployed.git('pull', '--quiet');
  await page.getByText(/It has 1 commit that its pin/).waitFor();
  await button('History of web').click();
  const history = page.getByRole('list', { name: 'History of web' });
  await history.getByText('Begin').waitFor();
  await inspect(page, 'host-history');
  await button('Unpin web').click();
  await page.getByText('The component follows its branch again.').first().waitFor();
  await page.getByText(/files are main's head/).waitFor();

  // What a forged report leaves behind; that it is refused is shown beside the heartbeats.
  const sql = postgres(system.environment['DATABASE_URL'] ?? '', { max: 1 });
  await sql`update hosts set reports_refused_at = now() where id = ${host.id}`;
  await sql`select pg_notify('muster', ${`host:${host.id}`})`;
  await sql.end();
  await page.getByText('Reports with a wrong signature were refused').waitFor();
  expect(trouble).toEqual([]);
});

test('a webhook and a credential are set up, and the page says what became of deliveries and fetches', async () => {
  makeRepository(forgeRoot, 'private');
  forge.authorization = `Basic ${Buffer.from('bot:right').toString('base64')}`;
  await page.goto(`${system.url}/repositories?dialog=register`);
  await dialog().getByRole('textbox', { name: 'Name' }).fill('private');
  await dialog().getByRole('textbox', { name: 'Address' }).fill(`${forge.url}/private/.git`);
  await dialog().getByRole('button', { name: 'Register repository' }).click();
  await page.getByRole('link', { name: 'private' }).click();
  await page.getByText(/The last fetch failed/).waitFor();
  await button('Set a credential').click();
  await dialog().getByRole('textbox', { name: 'User name' }).fill('bot');
  await dialog().getByLabel('Token', { exact: true }).fill('right');
  await inspect(page, 'repository-credential');
  await dialog().getByRole('button', { name: 'Store credential' }).click();
  await page.getByText('It is fetched with a token').waitFor();
  await page.getByRole('table', { name: 'Heads' }).getByText('Begin').waitFor();

  await button('Set up a webhook').click();
  const secret = (await page.getByLabel('The webhook’s secret').textContent())!;
  const address = (await page
    .getByText(/\/webhooks\//)
    .first()
    .textContent())!;
  await inspect(page, 'repository');
  const push = JSON.stringify({ ref: 'refs/heads/main', after: 'f'.repeat(40) });
  const deliver = async (key: string, delivery: string) =>
    (
      await fetch(address, {
        method: 'POST',
        body: push,
        headers: {
          'x-github-event': 'push',
          'x-github-delivery': delivery,
          'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(push).digest('hex')}`,
        },
      })
    ).status;
  expect([await deliver(secret, 'first'), await deliver('wrong', 'second')]).toEqual([202, 403]);
  await page.getByText('Last delivery (push)').waitFor();
  await page.getByText('A delivery with a wrong signature was refused').waitFor();

  // The delivery told which forge it is; whoever knows better says so, and the commits' links follow.
  const link = page.getByRole('table', { name: 'Heads' }).getByRole('link', { name: 'Commit' }).first();
  const linked = (path: string) =>
    expect.poll(() => link.getAttribute('href'), { timeout: patienceMs }).toContain(`/private/${path}`);
  const kind = page.getByRole('combobox', { name: 'Forge' });
  await kind.getByText('GitHub').waitFor();
  await linked('commit/');
  await kind.click();
  await page.getByRole('option', { name: 'GitLab' }).click();
  await page.getByText('The links of private have changed.').first().waitFor();
  await kind.getByText('GitLab').waitFor();
  await linked('-/commit/');

  await button('Trust a key').click();
  await dialog().getByRole('textbox', { name: 'Name' }).fill('pipeline');
  await dialog().getByRole('textbox', { name: 'Public key' }).fill('no key');
  await dialog().getByRole('button', { name: 'Trust key' }).click();
  await dialog()
    .getByText(/Give the PEM of an Ed25519/)
    .waitFor();
  await dialog().getByRole('textbox', { name: 'Public key' }).fill(makeSigningKey().pem);
  await inspect(page, 'repository-key');
  await dialog().getByRole('button', { name: 'Trust key' }).click();
  await page.getByRole('list', { name: 'Trusted keys' }).getByText('pipeline', { exact: true }).first().waitFor();
  await button('Require provenance').click();
  await page.getByText('Components have to run what CI has signed').waitFor();
  await button('Distrust pipeline').click();
  await dialog().getByRole('button', { name: 'Distrust key' }).click();
  await page.getByRole('list', { name: 'Trusted keys' }).waitFor({ state: 'detached' });

  await page.goto(`${system.url}/repositories?dialog=register`);
  await dialog().getByRole('textbox', { name: 'Name' }).fill('over-ssh');
  await dialog().getByRole('textbox', { name: 'Address' }).fill('ssh://git@127.0.0.1:1/srv/app.git');
  await dialog().getByRole('button', { name: 'Register repository' }).click();
  await page.getByRole('link', { name: 'over-ssh' }).click();
  await button('Set a credential').click();
  await dialog().getByRole('button', { name: 'Store credential' }).click();
  await dialog().getByText('Give the private key, from its BEGIN to its END line.').waitFor();
  await dialog().getByRole('textbox', { name: 'Private key' }).fill(makeSigningKey().pem);
  await dialog().getByRole('textbox', { name: 'Known hosts' }).fill('[127.0.0.1]:1 ssh-ed25519 AAAA');
  await dialog().getByRole('button', { name: 'Store credential' }).click();
  await page.getByText('It is fetched with an SSH key').waitFor();
  expect(trouble).toEqual([]);
});

test('a channel is made and tried, a rule changed, and what fires is told, shown with its machines, and over', async () => {
  await page.goto(`${system.url}/alerts`);
  await page.getByText(/nobody is told, for there is no channel/).waitFor();
  await page.getByRole('link', { name: 'Channels' }).click();
  await inspect(page, 'alert-channels-none');
  await button('Add channel').click();
  await dialog().getByRole('textbox', { name: 'Name' }).fill('pager');
  await dialog().getByRole('textbox', { name: 'Address' }).fill('https://10.0.0.1/hook');
  await dialog().getByRole('button', { name: 'Add channel' }).click();
  await dialog()
    .getByText(/leads to a private address/)
    .waitFor();
  await inspect(page, 'alert-channel-refused');
  await dialog().getByRole('textbox', { name: 'Address' }).fill(receiver.url);
  await dialog().getByRole('button', { name: 'Add channel' }).click();
  await dialog()
    .getByText(/^whsec_/)
    .waitFor();
  await dialog().getByRole('button', { name: 'I have stored it' }).click();
  await button('Test pager').click();
  await page.getByText('pager took the test message.').waitFor();
  expect(receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual(['alert.test']);

  await page.getByRole('link', { name: 'Rules' }).click();
  await page.getByText('A component is behind its target for 30 minutes.').waitFor();
  await inspect(page, 'alert-rules');
  await page.getByRole('link', { name: 'Behind main' }).click();
  await dialog().getByRole('spinbutton', { name: 'Told after' }).fill('0');
  await dialog().getByRole('checkbox', { name: /pager/ }).check();
  await inspect(page, 'alert-rule');
  upstream.commit('Change the colour once more');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await page.getByText('Behind main is changed.').first().waitFor();

  await page.getByRole('link', { name: 'Alerts', exact: true }).first().click();
  await page.getByRole('link', { name: /tester is behind web/ }).click();
  await dialog().getByText('It began, to pager').waitFor();
  await inspect(page, 'alert');
  await dialog().getByRole('button', { name: 'Close' }).click();
  deployed.git('pull', '-q');
  await page.getByText('Nothing fires', { exact: true }).waitFor();
  await button('History, too').click();
  await page.getByRole('link', { name: /tester is behind web/ }).waitFor();
  await inspect(page, 'alerts');
  await page.getByRole('link', { name: 'Deliveries' }).click();
  await page.getByText('It is over').waitFor();
  await button('Send again').first().click();
  await page.getByText('It is sent again to pager.').waitFor();
  await inspect(page, 'alert-deliveries');
  await vi.waitFor(
    () => expect(receiver.received.filter(({ body }) => body.includes('alert.resolved'))).toHaveLength(2),
    {
      timeout: 60_000,
    },
  );
});
