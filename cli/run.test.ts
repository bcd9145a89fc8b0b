import { afterAll, expect, test } from 'vitest';
import { openTerminal } from './testing/muster.ts';

// Nobody listens on the discard port of this machine.
const terminal = openTerminal('http://127.0.0.1:9', { MUSTER_TOKEN: 'any' });
afterAll(() => terminal.remove());

test('help names every command and exit code, and ends well', async () => {
  const { code, stdout } = await terminal.run('--help');
  expect(code).toBe(0);
  for (const word of ['login', 'whoami', 'hosts', 'sandboxes', 'repositories', 'fleet', '125', 'MUSTER_TOKEN'])
    expect(stdout).toContain(word);
});

test('an unknown command is refused with a suggestion', async () => {
  expect(await terminal.run('hosts', 'lst')).toEqual({
    code: 2,
    stdout: '',
    stderr: "Unknown command 'lst'\n(Did you mean list?)\n",
  });
});

test('a control plane that cannot be reached has an exit code of its own', async () => {
  const { code, stderr } = await terminal.run('fleet');
  expect(code).toBe(8);
  expect(stderr).toMatch(/^The control plane cannot be reached \(.*\)\. Is it running, and is --server right\?\n$/);
});

test('an address that is none is refused before anything is sent', async () => {
  for (const server of ['nonsense', 'ftp://example.com', 'http://user@example.com'])
    expect((await terminal.run('fleet', '--server', server)).code).toBe(2);
});

test('a command that could not be run ends with 125, not with a code that could be its own', async () => {
  expect((await terminal.run('sandboxes', 'run', 'sbx000000000000', '--', 'true')).code).toBe(125);
});
