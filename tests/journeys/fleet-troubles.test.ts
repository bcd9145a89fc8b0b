import { createClient } from '@connectrpc/connect';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AgentKeys } from '../../control-plane/hosts/testing/agent-keys.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../../control-plane/hosts/testing/simulated-fleet.ts';
import { buildConsole } from '../../local/console/build.ts';
import type { StateMark } from '#proto/muster/agent/v1/enrolment_pb.js';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

let fleet: SimulatedFleet;
let browser: Browser;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  fleet = await startSimulatedFleet(0, { env: { MUSTER_UNREACHABLE_AFTER: '90s', MUSTER_SWEEP_INTERVAL: '500ms' } });
  for (let number = 1; number <= 5; number += 1) await fleet.addHost(`host-${number}`, { heartbeatEveryMs: 1_000 });
  browser = await launchBrowser();
  page = await (await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' })).newPage();
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
  const { email, password } = fleet.plane.admin;
  await page.goto(fleet.plane.url);
  await page.getByRole('textbox', { name: 'Email' }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await button('Sign in').click();
  await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await fleet?.stop();
});

const button = (name: string | RegExp) => page.getByRole('button', { name });
const dialog = () => page.getByRole('dialog');
const pressInDialog = (name: string) => dialog().getByRole('button', { name }).click();
const sql = () => fleet.plane.context.sql;
const hosts = () => fleet.plane.admin.clients.hosts;
const audited = async () => {
  const audit = createClient(AuditService, fleet.plane.admin.clients.transport);
  return (await audit.listAuditEvents({ pageSize: 100 })).events.map(({ action, reason }) => `${action}: ${reason}`);
};

/** A host that is driven by hand: it beats as whoever it is told to be, and shows what it is told to have seen. */
async function joinedByHand(name: string) {
  const { joinToken } = await hosts().createHost({ name });
  const keys = new AgentKeys(fleet.plane.services.installation.id);
  const { hostId, accessToken } = await fleet.plane.anonymous.enrolment.joinHost(keys.join(joinToken!.token));
  let sequence = 0n;
  return {
    hostId,
    beat: async (instanceId: string, seen?: StateMark) => {
      const beat = { bootId: 'boot', instanceId, sequence: sequence++, seen };
      const headers = { authorization: `Bearer ${accessToken}` };
      return (await fleet.plane.anonymous.enrolment.heartbeat(beat, { headers })).state!;
    },
  };
}

test('a quarantined host says why, and is unlocked with what was found out', async () => {
  const host = await joinedByHand('copied');
  for (let round = 0; round < 2; round += 1) for (const instance of ['one', 'two', 'three']) await host.beat(instance);
  await page.goto(`${fleet.plane.url}/hosts/${host.hostId}`);
  await page
    .getByText(/took turns/)
    .first()
    .waitFor();
  await button('Unlock').click();
  await dialog().getByRole('textbox', { name: 'What you found out' }).waitFor();
  await inspect(page, 'host-unlock');
  await pressInDialog('Unlock host');
  await dialog().getByText('Say what you found out.').waitFor();
  await dialog().getByRole('textbox', { name: 'What you found out' }).fill('The copy was shut down');
  await pressInDialog('Unlock host');
  await page
    .getByText(/took turns/)
    .first()
    .waitFor({ state: 'detached' });
  expect((await hosts().getHost({ hostId: host.hostId })).host?.quarantined).toBe(false);
  expect(await audited()).toContain('host.unlock: The copy was shut down');
});

test('a new host slides in and what is online pulses, but not for those who want no motion', async () => {
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await page.goto(`${fleet.plane.url}/hosts`);
  await page.getByText('host-5').first().waitFor();
  await page.evaluate(() => {
    document.addEventListener('animationstart', ({ animationName, target }) => {
      if (target instanceof HTMLTableRowElement) document.body.dataset['slid'] = `${animationName} ${target.innerText}`;
    });
  });
  const slid = () => page.evaluate(() => document.body.dataset['slid']);
  const pulses = () =>
    page.evaluate(() =>
      document.getAnimations().some((one) => one instanceof CSSAnimation && one.animationName === 'breathe'),
    );
  const first = await hosts().createHost({ name: 'slides-in' });
  await expect.poll(slid, { timeout: patienceMs }).toMatch(/^enter slides-in/);
  await expect.poll(pulses, { timeout: patienceMs }).toBe(true);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const second = await hosts().createHost({ name: 'is-there' });
  await page.getByText('is-there').first().waitFor();
  expect(await slid()).toMatch(/^enter slides-in/);
  expect(await pulses()).toBe(false);
  for (const { host } of [first, second]) await hosts().deleteHost({ hostId: host!.id });
});

test('most hosts falling silent at once is told by a banner on every page that goes by itself', async () => {
  await page.goto(`${fleet.plane.url}/hosts`);
  await page.getByText('host-5').first().waitFor();
  for (const host of fleet.hosts) host.goSilent();
  await sql()`update hosts set last_seen_at = now() - interval '2 minutes' where status = 'online'`;
  const banner = page.getByText('Most hosts fell silent at once');
  await banner.waitFor();
  await inspect(page, 'hosts-disruption');
  await page.goto(`${fleet.plane.url}/sandboxes`);
  await banner.waitFor();
  for (const host of fleet.hosts) host.comeBack();
  // The one that was joined by hand is heard of, too: for whoever is not the doubt goes on for a while.
  await sql()`update hosts set last_seen_at = now()`;
  await banner.waitFor({ state: 'detached' });
  await eventually('all are connected again', () => fleet.hosts.every((host) => host.connected));
});

test('an older database is settled on the page: first the window, then the database counts, then what it does not know', async () => {
  await page.goto(`${fleet.plane.url}/hosts`);
  const { sandbox } = await fleet.plane.admin.clients.sandboxes.createSandbox({});
  const simulated = fleet.hosts.find(({ id }) => id === sandbox!.hostId)!;
  const sandboxId = sandbox!.id;
  // Hosts see more than the backup has; then the backup comes back, without the sandbox.
  const host = await joinedByHand('has-seen-more');
  const before = await host.beat('agent');
  await sql()`select setval('state_sequence', nextval('state_sequence') + 1000)`;
  const later = await host.beat('agent', before);
  await sql()`select setval('state_sequence', ${String(before.sequence)}::bigint)`;
  for (const table of ['sandbox_events', 'sandbox_attempts'])
    await sql()`delete from ${sql()(table)} where sandbox_id = ${sandboxId}`;
  await sql()`delete from sandboxes where id = ${sandboxId}`;
  await host.beat('agent', later);

  const note = page.getByText('The database is older than what hosts have seen');
  await note.waitFor();
  await button('Settle drift').click();
  await dialog()
    .getByText(/steps that 1 host has seen/)
    .waitFor();
  await inspect(page, 'hosts-drift');
  await dialog().getByRole('textbox', { name: 'Reason' }).fill('Restored the backup of last night');
  await pressInDialog('Open the window');
  await dialog().waitFor({ state: 'detached' });

  await button('Settle drift').click();
  await dialog()
    .getByText(/^open, ends/)
    .waitFor();
  await dialog().getByRole('combobox', { name: 'Decision' }).click();
  await page.getByRole('option', { name: 'Let the database count as it is' }).click();
  await dialog().getByRole('textbox', { name: 'Reason' }).fill('Looked through');
  await pressInDialog('Accept the database');
  await note.waitFor({ state: 'detached' });

  await page.goto(`${fleet.plane.url}/hosts/${simulated.id}`);
  const unknown = page.getByRole('table', { name: 'Unknown sandboxes' });
  await unknown.getByText(sandboxId).waitFor();
  await inspect(page, 'host-unknown');
  await unknown.getByRole('button', { name: 'Let go on' }).click();
  await dialog().getByRole('textbox', { name: 'Reason' }).fill('Its team asks for it');
  await pressInDialog('Let it go on');
  await unknown.getByText('An operator let it go on, unmanaged.').waitFor();
  await unknown.getByRole('button', { name: 'Let go on' }).waitFor({ state: 'detached' });
  await page.getByRole('list', { name: 'What happened last' }).getByText('It joined').waitFor();
  await unknown.getByRole('button', { name: 'Destroy' }).click();
  await dialog().getByRole('textbox', { name: 'Reason' }).fill('Nobody needs it');
  await pressInDialog('Destroy sandbox');
  await unknown.waitFor({ state: 'detached' });
  await eventually('it is gone', () => simulated.sandboxes.length === 0);
  expect(await audited()).toEqual(
    expect.arrayContaining([
      'drift.open_window: Restored the backup of last night',
      'drift.accept: Looked through',
      'unknown_sandbox.release: Its team asks for it',
      'unknown_sandbox.destroy: Nobody needs it',
    ]),
  );
});

test('no page had an error of its own', () => {
  expect(trouble).toEqual([]);
});
