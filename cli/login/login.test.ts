import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startTestControlPlane } from '../../control-plane/testing/index.ts';
import { openTerminal, type MusterTerminal } from '../testing/muster.ts';

const controlPlane = await startTestControlPlane();
afterAll(() => controlPlane.stop());

let terminal: MusterTerminal;
beforeEach(() => void (terminal = openTerminal(controlPlane.url)));
afterEach(() => terminal.remove());

const credentials = () => join(terminal.home, '.config', 'muster', 'credentials.json');

/** The code that a waiting sign-in shows. */
const codeIn = (text: string) => /\b[A-Z]{4}-[A-Z]{4}\b(?!.*code=)/s.exec(text.replaceAll(/code=\S+/g, ''))?.[0];

test('who is not signed in is told how, with exit code 3', async () => {
  const { code, stderr } = await terminal.run('whoami');
  expect(code).toBe(3);
  expect(stderr).toMatch(/^You are not signed in, or no longer\. Run muster login\. \[\S+\]\n$/);
});

test('a token from the console signs in, is kept for its owner alone, and says who one is', async () => {
  const { code, stdout } = await terminal.run('login', '--token', controlPlane.admin.token);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `Signed in to ${controlPlane.url} as Ada (ada@example.org).\n` });
  expect(statSync(credentials()).mode & 0o777).toBe(0o600);
  expect((await terminal.run('whoami')).stdout).toMatch(/^Name {6}Ada\nEmail {5}ada@example.org\nTeam .*\(owner, /);
});

test('a wrong token is not kept', async () => {
  expect((await terminal.run('login', '--token', 'nonsense')).code).toBe(3);
  expect((await terminal.run('whoami')).code).toBe(3);
});

test('a sign-in through the browser waits until it is approved there, and ends with logout', async () => {
  const login = terminal.start('login');
  const userCode = await vi.waitFor(() => codeIn(login.stderr()) ?? Promise.reject(new Error('no code yet')), 30_000);
  expect(login.stderr()).toContain(`${controlPlane.url}/device?code=${userCode}`);
  await controlPlane.other.browser.auth.approveDeviceLogin({ userCode, refuse: false });
  expect(await login.finished).toMatchObject({ code: 0, stdout: expect.stringContaining('as Grace') });
  expect((await terminal.run('whoami')).code).toBe(0);

  const { sessions } = await controlPlane.other.clients.auth.listSessions({});
  expect(sessions.some(({ userAgent }) => userAgent.startsWith('muster on '))).toBe(true);
  expect((await terminal.run('logout')).stdout).toBe(`Signed out of ${controlPlane.url}.\n`);
  const after = await controlPlane.other.clients.auth.listSessions({});
  expect(after.sessions.some(({ userAgent }) => userAgent.startsWith('muster on '))).toBe(false);
  expect((await terminal.run('whoami')).code).toBe(3);
});

test('a refused sign-in ends with exit code 4', async () => {
  const login = terminal.start('login');
  const userCode = await vi.waitFor(() => codeIn(login.stderr()) ?? Promise.reject(new Error('no code yet')), 30_000);
  await controlPlane.other.browser.auth.approveDeviceLogin({ userCode, refuse: true });
  expect(await login.finished).toMatchObject({ code: 4, stdout: '' });
});

test("the page opens in the browser of the person's desktop, where they have one", async () => {
  const asked = join(terminal.home, 'asked');
  writeFileSync(join(terminal.home, 'xdg-open'), `#!/bin/sh\necho "$DISPLAY $1" > ${asked}\n`, { mode: 0o755 });
  const desktop = openTerminal(controlPlane.url, { PATH: terminal.home, DISPLAY: ':7' }, { isTTY: true });
  const login = desktop.start('login');
  await vi.waitFor(() => expect(codeIn(login.stderr())).toBeDefined(), 30_000);
  expect(login.stderr()).toContain('Your browser opens http');
  await vi.waitFor(
    () => expect(readFileSync(asked, 'utf8')).toContain(`:7 ${controlPlane.url}/device?code=${codeIn(login.stderr())}`),
    30_000,
  );
  login.interrupt();
  await login.finished;
  desktop.remove();
});

test('Ctrl-C ends a waiting sign-in with exit code 130', async () => {
  const login = terminal.start('login');
  await vi.waitFor(() => expect(codeIn(login.stderr())).toBeDefined(), 30_000);
  login.interrupt();
  expect((await login.finished).code).toBe(130);
});

test('MUSTER_TOKEN goes before a sign-in', async () => {
  await terminal.run('login', '--token', controlPlane.admin.token);
  const other = openTerminal(controlPlane.url, { HOME: terminal.home, MUSTER_TOKEN: controlPlane.other.token });
  const { stdout } = await other.run('whoami', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ caller: { name: 'Grace', platformAdmin: false } });
  other.remove();
});
