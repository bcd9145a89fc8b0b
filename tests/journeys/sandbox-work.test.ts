import { copyFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page, Route } from 'playwright-core';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { buildConsole } from '../../local/console/build.ts';
import { desktop, launchBrowser, patienceMs, watchForTrouble } from '../support/browser.ts';
import { firstAdmin } from '../support/clients.ts';
import { inspect } from '../support/inspect.ts';
import { repositoryRoot } from '../support/process.ts';
import { shell } from '../support/run.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';

// Each look at a page is four pictures and four audits by axe.
vi.setConfig({ testTimeout: 180_000 });

let system: System;
let host: TestHost;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let trouble: string[];
let sandboxId: string;

beforeAll(async () => {
  await buildConsole(repositoryRoot);
  system = await startSystem();
  host = await system.addHost('first');
  const { sandbox } = await system.admin.sandboxes.createSandbox({ metadata: { name: 'workshop' } });
  sandboxId = sandbox!.id;
  browser = await launchBrowser();
  context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: system.url });
  page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  trouble = watchForTrouble(page);
  await page.goto(`${system.url}/sign-in`);
  await field('Email').fill(firstAdmin.email);
  await page.getByLabel('Password', { exact: true }).fill(firstAdmin.password);
  await button('Sign in').click();
  await page.getByRole('heading', { name: 'Fleet', exact: true }).waitFor();
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const open = (path: string) => page.goto(`${system.url}/sandboxes/${sandboxId}${path}`);
const button = (name: string | RegExp) => page.getByRole('button', { name });
const field = (name: string) => page.getByRole('textbox', { name });
const dialog = () => page.getByRole('dialog');
const tab = (name: string) =>
  page.getByRole('navigation', { name: 'Views of this sandbox' }).getByRole('link', { name });
const inside = async (command: string) => (await shell(system.admin, sandboxId, command)).stdout;
const screen = () => page.locator('.xterm-rows');
const says = (text: string) => screen().getByText(text).first().waitFor();

async function typeInto(line: string): Promise<void> {
  await page.locator('.xterm-helper-textarea').focus();
  await typeLine(line);
}

async function typeLine(line: string): Promise<void> {
  await page.keyboard.type(line);
  await page.keyboard.press('Enter');
}

/** Drags a file of this machine onto something. */
async function drop(path: string, onto: Locator): Promise<void> {
  const { x, y } = (await onto.boundingBox())!;
  const session = await context.newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: x + 5, y: y + 5, data });
  await session.detach();
}

test('a terminal echoes what is typed, knows its size, and is there again after a reload', async () => {
  await open('');
  await tab('Terminal').click();
  await page.getByText('No terminal is open').waitFor();
  await button('New terminal').click();
  await page.getByText('Attached').waitFor();
  await typeLine('export GREETING=hello; stty size > /tmp/size; echo "$GREETING from $((6*7))"');
  await says('hello from 42');
  const [rows, cols] = (await inside('cat /tmp/size')).trim().split(' ').map(Number);
  expect(rows).toBeGreaterThan(10);
  expect(cols).toBeGreaterThan(90);

  await page.setViewportSize({ width: 900, height: 700 });
  await typeLine('sleep 0.3; stty size > /tmp/size; echo resized-$?');
  await says('resized-0');
  expect(Number((await inside('cat /tmp/size')).split(' ')[1])).toBeLessThan(cols!);
  await page.setViewportSize(desktop);

  await page.reload();
  await says('hello from 42');
  await page.getByText('Attached').waitFor();
  await typeLine('printf "\\033[1;32mstill $GREETING\\033[0m\\n"');
  await says('still hello');
  await inspect(page, 'terminal');
});

test('the terminal pastes, copies, and lets the keyboard out', async () => {
  await page.evaluate(() => navigator.clipboard.writeText('echo from-the-clipboard\n'));
  await button('Paste').first().click();
  await says('from-the-clipboard');
  await page.locator('.xterm-helper-textarea').press('Enter');
  // The letters lie under a layer that takes the mouse.
  await screen()
    .getByText('from-the-clipboard', { exact: true })
    .first()
    .dblclick({ force: true, position: { x: 4, y: 8 } });
  await button('Copy the selection').waitFor();
  await page.keyboard.press('Control+Shift+C');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('from-the-clipboard');
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.press('Control+m');
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toContain('Copy');
});

test('a terminal outlives the control plane, and goes on where it was', async () => {
  await says('still hello');
  // Results that the typed line itself does not show: what was on its way when the server went arrives, and once.
  await typeInto('echo typed >> /tmp/typed; (sleep 2; echo while-away-$((40+2))) &');
  await system.restartControlPlane();
  await says('while-away-42');
  expect(await inside('cat /tmp/typed')).toBe('typed\n');
  await page.getByText('Attached').waitFor();
  await typeInto('echo back-again-$((20+3))');
  await says('back-again-23');
  expect(await screen().getByText('still hello', { exact: true }).count()).toBe(1);
});

test('what is typed while the host cannot be reached waits for it', async () => {
  host.agent.signal('SIGSTOP');
  try {
    await page.getByText('Missing').first().waitFor();
    await typeInto('echo waited-$((50+1))');
  } finally {
    host.agent.signal('SIGCONT');
  }
  await says('waited-51');
  await page.getByText('Attached').waitFor();
});

test('a second terminal stands beside the first, and its end tells its code', async () => {
  await button('New terminal').click();
  await page.getByRole('link', { name: 'terminal-2' }).waitFor();
  await page.getByText('Attached').waitFor();
  await typeLine('exit 3');
  await page.getByText('Exit code 3').waitFor();
  await button('Close').click();
  await page.getByRole('link', { name: 'terminal-2' }).waitFor({ state: 'detached' });
  await says('still hello');
});

test('files are uploaded, edited, found changed by others, downloaded and deleted by name', async () => {
  await inside(
    `mkdir -p /srv/notes && ln -s /etc/hostname /srv/link && touch /srv/.hidden "$(printf '/srv/caf\\351')"`,
  );
  await open('/files?path=/srv');
  await page.getByRole('link', { name: 'notes' }).waitFor();
  await page.getByText('caf\\xe9').waitFor();
  await page.getByText('/etc/hostname').waitFor();
  expect(await page.getByText('.hidden').count()).toBe(0);
  await page.getByRole('switch', { name: 'Hidden files' }).click();
  await page.getByText('.hidden').waitFor();

  const local = join(system.directory, 'greeting.txt');
  writeFileSync(local, 'hello\n');
  const large = join(system.directory, 'large.bin');
  writeFileSync(large, Buffer.alloc(20 * 1024 * 1024, 7));
  // The second part of the large one is held on its way, and lost once; it goes on from there.
  let broken = false;
  const held = Promise.withResolvers<void>();
  const isSecondPart = (route: Route) => route.request().headers()['content-range']?.startsWith('bytes 8388608-');
  await page.route('**/large.bin?*', async (route) => {
    if (broken || !isSecondPart(route)) return route.continue();
    broken = true;
    await held.promise;
    return route.abort('connectionreset');
  });
  await page.getByLabel('Files to upload').setInputFiles([local, large]);
  await page.getByText('1 upload is under way').waitFor();
  const bar = page.getByRole('progressbar', { name: 'Upload of large.bin' });
  await expect.poll(() => bar.getAttribute('value'), { timeout: patienceMs }).toBe('8388608');
  expect(await bar.getAttribute('max')).toBe('20971520');
  await page.getByText('8 MiB of 20 MiB').waitFor();
  await inspect(page, 'files-uploading');
  held.resolve();
  await page.getByText('Uploads are over').waitFor();
  expect(broken).toBe(true);
  await page.getByRole('link', { name: 'greeting.txt' }).waitFor();
  expect(await inside('stat -c %s /srv/large.bin')).toBe('20971520\n');

  // Canceled while it waits to try again: it does not, and what had arrived is removed.
  const canceled = join(system.directory, 'canceled.bin');
  copyFileSync(large, canceled);
  await page.route('**/canceled.bin?*', (route) =>
    isSecondPart(route) ? route.abort('connectionreset') : route.continue(),
  );
  await page.getByLabel('Files to upload').setInputFiles([canceled]);
  await page.getByText('The connection broke at 8 MiB').waitFor();
  expect(await inside('ls -A /srv')).toContain('.muster-upload-');
  await button('Cancel').click();
  await page.unroute('**/canceled.bin?*');
  await page.getByText('Canceled', { exact: true }).waitFor();
  await expect.poll(() => inside('ls -A /srv'), { timeout: patienceMs }).not.toContain('.muster-upload-');

  await page.getByLabel('Files to upload').setInputFiles([local]);
  await page.getByText('Something has this name already').waitFor();
  await inspect(page, 'files');

  await page.getByRole('link', { name: 'greeting.txt' }).click();
  await field('Text of greeting.txt').fill('hello\nworld\n');
  await button('Save greeting.txt').click();
  await page.getByText('Saved', { exact: true }).waitFor();
  expect(await inside('cat /srv/greeting.txt')).toBe('hello\nworld\n');
  await field('Text of greeting.txt').fill('mine\n');
  await inside('echo theirs > /srv/greeting.txt');
  await page.getByText('was changed in the sandbox after you opened it').waitFor();
  await inspect(page, 'file-changed');
  await button('Save greeting.txt').click();
  await dialog().getByRole('button', { name: 'Overwrite greeting.txt' }).click();
  await page.getByText('was changed meanwhile').waitFor({ state: 'detached' });
  expect(await inside('cat /srv/greeting.txt')).toBe('mine\n');
  // Changed in the very moment of saving, after the page had looked.
  await page.route(
    '**/muster.v1.FileService/WriteFile',
    async (route) => {
      await inside('echo sneaky > /srv/greeting.txt');
      await route.continue();
    },
    { times: 1 },
  );
  await field('Text of greeting.txt').fill('mine again\n');
  await button('Save greeting.txt').click();
  await page.getByText('was changed meanwhile').waitFor();
  expect(await inside('cat /srv/greeting.txt')).toBe('sneaky\n');
  await dialog().getByRole('button', { name: 'Overwrite greeting.txt' }).click();
  await page.getByText('was changed meanwhile').waitFor({ state: 'detached' });

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('greeting.txt');
  expect(await readFile(await download.path(), 'utf8')).toBe('mine again\n');

  await page.getByRole('link', { name: 'Close' }).click();
  await button('What to do with greeting.txt').click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await dialog().getByRole('textbox').fill('greeting.txt');
  await dialog().getByRole('button', { name: 'Delete greeting.txt' }).click();
  // While it is open, nothing behind it is there for anybody.
  await dialog().waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'greeting.txt' }).waitFor({ state: 'detached' });
  expect((await inside('ls /srv')).split('\n').filter(Boolean)).toEqual(['caf\ufffd', 'large.bin', 'link', 'notes']);
});

test('folders are made, things renamed, and what others make appears by itself', async () => {
  await page.getByRole('button', { name: 'New', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Folder' }).click();
  await dialog().getByRole('textbox', { name: 'Name' }).fill('größe');
  await dialog().getByRole('button', { name: 'Create folder' }).click();
  await page.getByText('größe is empty').waitFor();
  await inside('echo live > /srv/größe/appeared');
  await page.getByRole('link', { name: 'appeared' }).waitFor();
  const dragged = join(system.directory, 'dragged.txt');
  writeFileSync(dragged, 'dropped\n');
  await drop(dragged, page.getByRole('link', { name: 'appeared' }));
  await page.getByRole('link', { name: 'dragged.txt' }).waitFor();
  expect(await inside('cat /srv/größe/dragged.txt; rm /srv/größe/dragged.txt')).toBe('dropped\n');
  await button('What to do with appeared').click();
  await page.getByRole('menuitem', { name: 'Rename or move' }).click();
  await dialog().getByRole('textbox', { name: 'New path' }).fill('/srv/moved');
  await dialog().getByRole('button', { name: 'Move' }).click();
  await page.getByText('größe is empty').waitFor();
  expect(await inside('cat /srv/moved')).toBe('live\n');
});

test('a process is started, its port opened through a link, and it is killed by name', async () => {
  await tab('Ports').click();
  await page.getByText('Nothing listens in this sandbox').waitFor();
  await tab('Processes').click();
  await button('Start process').click();
  const serve = `perl -MIO::Socket::INET -e '$|=1; $s=IO::Socket::INET->new(LocalPort=>8080,Listen=>5,ReuseAddr=>1); print "ready\\n"; while($c=$s->accept){while(<$c>){last if /^\\r/} print $c "HTTP/1.0 200 OK\\r\\nContent-Type: text/html\\r\\n\\r\\n<h1>Served from inside</h1>"; close $c}'`;
  await dialog().getByRole('textbox', { name: 'Command' }).fill(serve);
  await dialog().getByRole('textbox', { name: 'Name' }).fill('web');
  await dialog().getByRole('button', { name: 'Start process' }).click();
  await page.getByRole('link', { name: 'web', exact: true }).click();
  await dialog().getByText('ready', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await inspect(page, 'processes');

  await tab('Ports').click();
  const [served] = await Promise.all([context.waitForEvent('page'), button('Open port 8080').click()]);
  await served.getByRole('heading', { name: 'Served from inside' }).waitFor();
  await served.close();
  await inspect(page, 'ports');
  await button('Link to port 8080').click();
  await dialog().getByRole('button', { name: 'Create link' }).click();
  const link = await dialog().getByRole('link', { name: 'Open link' }).getAttribute('href');
  expect(await (await fetch(link!)).text()).toContain('Served from inside');
  await page.keyboard.press('Escape');

  await tab('Processes').click();
  await button('What to do with web').click();
  await page.getByRole('menuitem', { name: 'Kill' }).click();
  await dialog().getByRole('textbox').fill('web');
  await dialog().getByRole('button', { name: 'Kill web' }).click();
  await page.getByText('SIGKILL').waitFor();
});

test('a paused sandbox says so on each of these pages and is resumed from there', async () => {
  await system.admin.sandboxes.pauseSandbox({ sandboxId });
  await page.getByText('workshop is paused').waitFor();
  await tab('Terminal').click();
  await page.getByText('workshop is paused').waitFor();
  await inspect(page, 'terminal-paused');
  await button('Resume sandbox').click();
  await says('still hello');
  expect(trouble).toEqual([]);
});

test('who may only look sees names and sizes, and is told why there is no more', async () => {
  // Roles like this one come from sign-in services; here it is written where they would write it.
  const sql = postgres(system.environment['DATABASE_URL']!, { max: 1 });
  await sql`update team_members set role = 'read_only'`;
  await sql.end();
  await open('/files?path=/srv');
  await page.getByRole('link', { name: 'large.bin' }).waitFor();
  expect(await button('Upload').getAttribute('aria-disabled')).toBe('true');
  await tab('Terminal').click();
  await page.getByText('No terminal is open').waitFor();
  expect(await button('New terminal').getAttribute('aria-disabled')).toBe('true');
});
