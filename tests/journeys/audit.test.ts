import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { recordAudit, sealAuditEvents } from '../../control-plane/audit/index.ts';
import { contextOf, startTestControlPlane, type TestControlPlane } from '../../control-plane/testing/index.ts';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

let muster: TestControlPlane;
let browser: Browser;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  muster = await startTestControlPlane({ env: { MUSTER_WEB_DIR: join(repositoryRoot, 'web', 'dist') } });
  browser = await launchBrowser();
  page = await openAs(muster.admin);
  trouble = watchForTrouble(page);
  const { hosts } = muster.admin.clients;
  const { host } = await hosts.createHost({ name: 'builder-1', labels: { zone: 'north' } });
  await hosts.cordonHost({ hostId: host!.id, reason: 'New disk.' });
  await hosts.updateHost({ hostId: host!.id, name: 'builder-2' });
  await muster.other.clients.hosts.deleteHost({ hostId: host!.id }).catch(() => undefined);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await muster?.stop();
});

async function openAs({ sessionToken }: { sessionToken: string }): Promise<Page> {
  const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  const name = `muster-loopback-${new URL(muster.url).port}`;
  await context.addCookies([{ name, value: sessionToken, url: muster.url, httpOnly: true, sameSite: 'Lax' }]);
  const opened = await context.newPage();
  opened.setDefaultTimeout(patienceMs);
  return opened;
}

const rows = () => page.getByRole('table', { name: 'Audit' }).getByRole('row');
const dialog = () => page.getByRole('dialog');

test('the audit shows who did what, by name, newest first', async () => {
  await page.goto(muster.url);
  await page.getByRole('link', { name: 'Audit' }).first().click();
  await page.getByText('builder-2').first().waitFor();
  const denied = rows().nth(1);
  expect(await denied.textContent()).toMatch(/host\.delete.*Denied.*Grace.*builder-2/);
  expect(await rows().nth(2).textContent()).toMatch(/host\.update.*Done.*Ada.*builder-2/);
  await inspect(page, 'audit');
});

test('a row opens with what it changed, and has an address of its own', async () => {
  await page.getByRole('link', { name: 'host.update' }).first().click();
  const changes = dialog().getByRole('table', { name: 'What it changed' });
  await changes.waitFor();
  expect(await changes.textContent()).toMatch(/name.*builder-1.*builder-2/);
  expect(page.url()).toContain('event=');
  await inspect(page, 'audit-row');
  await page.reload();
  await changes.waitFor();
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'hidden' });
});

test('filters stand in the address', async () => {
  await page.getByRole('combobox', { name: 'Outcome' }).selectOption('Denied');
  await expect.poll(() => rows().count()).toBe(2);
  expect(page.url()).toContain('outcome=denied');
  await page.getByRole('combobox', { name: 'Outcome' }).selectOption('Any outcome');
  await page.getByRole('searchbox', { name: 'Action begins with' }).fill('Host.C');
  await expect.poll(() => rows().count()).toBe(3);
  await page.getByRole('button', { name: 'builder-2' }).first().click();
  await page.getByRole('button', { name: 'on builder-2' }).waitFor();
  await page.goto(`${muster.url}/audit?action=nothing`);
  await page.getByText('No row passes this filter').waitFor();
  await page.getByRole('button', { name: 'Show all rows' }).click();
  await page.getByText('builder-2').first().waitFor();
});

test('what the filter shows is exported as a file', async () => {
  await page.goto(`${muster.url}/audit?action=host.`);
  await page.getByRole('button', { name: 'Export' }).click();
  await dialog().waitFor();
  await inspect(page, 'audit-export');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    dialog().getByRole('button', { name: 'Export' }).click(),
  ]);
  expect(file.suggestedFilename()).toMatch(/^muster-audit-.*\.csv$/);
  const text = readFileSync(await file.path(), 'utf8');
  expect(text.trim().split('\r\n').length).toBeGreaterThan(3);
  expect(text).toContain('"host.cordon"');
});

test('the chain is verified as one looks on, and what was tampered with is named', async () => {
  await expect.poll(async () => (await sealAuditEvents(muster.context)).sealed).toBe(0);
  await page.goto(`${muster.url}/audit`);
  await page.getByRole('button', { name: 'Verify' }).click();
  await dialog()
    .getByText(/^All \d+ rows are as sealed/)
    .waitFor();
  await inspect(page, 'audit-verified');
  await muster.services.pool.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    await sql`update audit_events set actor = 'user:nobody' where action = 'host.cordon'`;
  });
  await dialog().getByRole('button', { name: 'Verify again' }).click();
  await dialog()
    .getByText(/^The row at position \d+ was changed/)
    .waitFor();
  await inspect(page, 'audit-tampered');
  expect(trouble).toEqual([]);
});

test('owners read their team’s rows and cannot verify; for members there is no audit', async () => {
  const owner = await openAs(muster.other);
  const context = await contextOf(muster.context, muster.other);
  await context.transaction((sql) => recordAudit(sql, context, { action: 'team.rename', teamId: muster.other.teamId }));
  await owner.goto(`${muster.url}/audit`);
  await owner.getByText('team.rename').first().waitFor();
  expect(await owner.getByText('host.cordon').count()).toBe(0);
  expect(await owner.getByRole('button', { name: 'Verify' }).getAttribute('aria-disabled')).toBe('true');
  await muster.services.pool`update team_members set role = 'member' where user_id = ${muster.other.id}`;
  await owner.reload();
  await owner.getByText(/role in this team does not allow this/).waitFor();
  expect(await owner.getByRole('link', { name: 'Audit' }).count()).toBe(0);
});
