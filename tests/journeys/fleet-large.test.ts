import { create } from '@bufbuild/protobuf';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { recordComponentReports } from '../../control-plane/fleet/index.ts';
import { startFleetBench, type FleetBench } from '../../control-plane/fleet/testing/fleet.ts';
import { commit, createRepository } from '../../control-plane/fleet/testing/git-repository.ts';
import { buildConsole } from '../../local/console/build.ts';
import { ComponentReportSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { BuildSource } from '#proto/muster/v1/fleet_pb.js';
import { startSimulatedHost, type SimulatedHost } from '../../simulator/index.ts';
import {
  accessibilityFindings,
  desktop,
  launchBrowser,
  patienceMs,
  picture,
  watchForTrouble,
} from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';

// Some looks at a page are four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

/** So many machines besides the one whose agent is alive. */
const machines = 300;
/** More than stand in a window, its neighbours included, and far fewer than there are. */
const mostDrawn = 100;
/** Reports older than 90 s prove nothing: the machines repeat theirs, however slow the test is. */
const repeatEveryMs = 20_000;

let bench: FleetBench;
let live: SimulatedHost;
let browser: Browser;
let page: Page;
let trouble: string[];
let upstream: string;
let commits: string[];
let repeating: NodeJS.Timeout;

const idOf = (number: number) => `host${String(number).padStart(16, '0')}`;
const nameOf = (number: number) => `tester-${String(number).padStart(3, '0')}`;
/** One of ten is three commits behind, two are one behind, one of them all has changes of its own. */
const commitOf = (number: number) => commits[number % 10 === 0 ? 0 : number % 10 < 3 ? 2 : 3] ?? '';

const report = (runningSha: string, dirty = false) =>
  create(ComponentReportSchema, {
    component: 'web',
    repository: 'app',
    buildSource: BuildSource.BAKED,
    runningSha,
    dirty,
  });

async function repeatReports(): Promise<void> {
  const { pool } = bench.plane.services;
  const reports = Array.from({ length: machines }, (_, number) => ({
    hostId: idOf(number),
    reports: [report(commitOf(number), number === 5)],
  }));
  await recordComponentReports(pool, reports);
  await pool`update hosts set last_seen_at = now() where name like 'tester-%'`;
}

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  bench = await startFleetBench();
  upstream = createRepository(join(bench.root, 'app'));
  commits = ['Begin', 'Paint the shed', 'Fix the door', 'Open the window'].map((subject) => commit(upstream, subject));
  const { clients, teamId } = bench.plane.admin;
  await clients.fleet.registerRepository({ name: 'app', url: upstream });
  await bench.plane.services.pool`
    insert into hosts (id, name, team_id, labels, status, joined_at, last_seen_at, arch, cpus, memory_mib, disk_mib, os, kernel,
      hostname, agent_version, agent_sha, runtime)
    select 'host' || lpad(n::text, 16, '0'), 'tester-' || lpad(n::text, 3, '0'), case when n % 3 = 0 then ${teamId} end,
      jsonb_build_object('zone', case when n % 2 = 0 then 'attic' else 'cellar' end), 'online', now(), now(), 'x64', 8, 16384,
      100000, 'Debian 12', '6.1', 'tester', '1.0', ${commits[3]!}, 'crun'
    from generate_series(0, ${machines - 1}) n
  `;
  await repeatReports();
  repeating = setInterval(() => void repeatReports(), repeatEveryMs);
  const { joinToken } = await clients.hosts.createHost({ name: 'live', labels: { zone: 'attic' } });
  live = await startSimulatedHost({
    serverUrl: bench.plane.url,
    joinToken: joinToken!.token,
    fingerprint: bench.plane.services.installation.fingerprint,
    heartbeatEveryMs: 1_000,
    components: [report(commits[2]!)],
  });
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
}, 600_000);
afterAll(async () => {
  clearInterval(repeating);
  await browser?.close();
  await live?.stop();
  await bench?.stop();
});

const open = (path: string) => page.goto(bench.plane.url + path);
const button = (name: string | RegExp) => page.getByRole('button', { name });
const hosts = () => page.getByRole('region', { name: 'Hosts' });
const row = (name: string) => page.getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) });
const drawn = () => page.locator('[data-index]').count();
const setSize = (size: number) => page.locator(`[aria-setsize="${size}"]`).first().waitFor();

/** Scrolls from the top on until it is there, so that every part of the list comes by. */
async function scrollTo(what: () => ReturnType<Page['locator']>): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, 0));
  const step = async () => {
    await page.evaluate(() => window.scrollBy(0, window.innerHeight));
    return what().isVisible();
  };
  await expect.poll(step, { timeout: patienceMs, interval: 20 }).toBe(true);
}

test('a link to a filtered fleet shows that part; a press on the bar’s words narrows it and widens it again', async () => {
  await open('/fleet?state=behind&q=zone%3Dattic');
  await page.getByRole('textbox', { name: 'Email' }).fill(bench.plane.admin.email);
  await page.getByLabel('Password', { exact: true }).fill(bench.plane.admin.password);
  await button('Sign in').click();
  await page.getByText(/machines run main/).waitFor();
  // A third of an even number's machines: 0 and 2 of each ten, and the one that is alive.
  await setSize(61);
  await button(/^Behind/).click();
  await setSize(151);
  await page.getByRole('searchbox', { name: 'Find a host, commit or label' }).fill('');
  await setSize(machines + 1);
  expect(new URL(page.url()).search).toBe('');
  await button(/^Dirty/).click();
  await row(nameOf(5))
    .getByText(/uncommitted|changes/)
    .first()
    .waitFor();
  expect(new URL(page.url()).search).toBe('?state=dirty');
  await button(/^Dirty/).click();
  await setSize(machines + 1);
});

test('three hundred machines are few elements, from the first to the last, grouped or not; the keyboard stays where it was', async () => {
  expect(await drawn()).toBeLessThan(mostDrawn);
  const dirty = page.getByRole('link', { name: nameOf(5), exact: true });
  await dirty.focus();
  await scrollTo(() => row(nameOf(299)));
  expect(await drawn()).toBeLessThan(mostDrawn);
  expect(await dirty.evaluate((link) => link === document.activeElement)).toBe(true);
  expect(await accessibilityFindings(page)).toEqual([]);
  const group = async (by: string, heading: RegExp) => {
    await page.getByRole('combobox', { name: 'Group hosts' }).selectOption({ label: by });
    await scrollTo(() => page.getByRole('heading', { name: heading }));
  };
  await group('By team', /installation’s own/);
  await group('By zone', /^zone=(attic|cellar)/);
  await group('By state', /^Current 20\d hosts/);
  expect(new URL(page.url()).search).toBe('?group=state');
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.getByRole('heading', { name: /^Dirty 1 host/ }).waitFor();
  await inspect(page, 'fleet-large');
});

test('on paper every machine is there, and nothing that is only to be pressed', async () => {
  await page.emulateMedia({ media: 'print' });
  const printed = page.getByRole('table', { name: 'Hosts' });
  await printed.getByText(nameOf(299), { exact: true }).waitFor();
  expect(await printed.getByRole('rowheader', { name: /^(tester-\d+|live)$/ }).count()).toBe(machines + 1);
  expect(await page.getByRole('navigation').count()).toBe(0);
  expect(await button('Export').count()).toBe(0);
  await picture(page, 'fleet-large-print');
  await page.emulateMedia({ media: null });
  await printed.waitFor({ state: 'detached' });
});

test('a component’s page says who is where on main, and follows a heartbeat; its commands can be copied', async () => {
  await page.getByRole('link', { name: 'web', exact: true }).first().click();
  await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
  const line = page.getByRole('list', { name: 'Where on main' });
  const stations = line.locator(':scope > li');
  await stations.getByText('The head of main').waitFor();
  expect(await stations.count()).toBe(3);
  expect(await stations.nth(1).innerText()).toMatch(/Fix the door[^]*1 behind main[^]*61 hosts/);
  expect(await stations.nth(2).innerText()).toMatch(/Begin[^]*Ada[^]*3 behind main[^]*30 hosts/);

  await live.setComponents([report(commits[1]!)]);
  await stations.nth(2).getByText('2 behind main').waitFor();
  await stations.nth(2).getByRole('link', { name: '1 host' }).click();
  await page.getByRole('heading', { name: `Hosts that run ${commits[1]!.slice(0, 7)}` }).waitFor();
  await row('live').getByText('Changed once in the last week').waitFor();
  await inspect(page, 'component');

  await button('As command').click();
  await button('Copy the buf curl command').click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('"component":"web"');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'app', exact: true }).click();
  const components = page.getByRole('table', { name: 'Components' });
  await components.getByText(`209 of ${machines + 1} hosts`).waitFor();
  await picture(page, 'repository-components');
  await components.getByRole('link', { name: 'web' }).click();
  await page.getByRole('heading', { name: 'web', level: 1 }).waitFor();
  await open('/components/app/elsewhere');
  await page.getByText('No host reports this component').waitFor();
  expect(await accessibilityFindings(page)).toEqual([]);
});

test('of three hundred rows a table draws few, says how many there are, and prints all', async () => {
  await open('/hosts');
  const table = page.getByRole('table', { name: 'Hosts' });
  await table.getByRole('link', { name: nameOf(0) }).waitFor();
  expect(await table.getAttribute('aria-rowcount')).toBe(String(machines + 2));
  expect(await drawn()).toBeLessThan(mostDrawn);
  await scrollTo(() => table.getByRole('link', { name: nameOf(299) }));
  expect(await drawn()).toBeLessThan(mostDrawn);
  expect(await accessibilityFindings(page)).toEqual([]);
  await page.emulateMedia({ media: 'print' });
  await expect.poll(() => table.getByRole('link').count(), { timeout: patienceMs }).toBe(machines + 1);
  await page.emulateMedia({ media: null });
});

test('while the forge cannot be reached, a banner says so and nothing is green', async () => {
  await open('/fleet');
  await button(/^Current/).waitFor();
  // Fetched with success once more than five minutes ago, as if it had failed since.
  const { pool } = bench.plane.services;
  await pool`update repositories set fetched_at = now() - interval '10 minutes', url = url || '-gone'`;
  await page.getByText(/What main is cannot be told now for app/).waitFor();
  await button(/^Current/).waitFor({ state: 'detached' });
  await hosts().getByText('Head unknown').first().waitFor();
  await inspect(page, 'fleet-heads-unknown');
});

test('no page had an error of its own', () => {
  expect(trouble).toEqual([]);
});
