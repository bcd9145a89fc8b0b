import { createHash, randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnDisconnect } from '#proto/muster/v1/sandbox_pb.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onTerminal } from '../processes/pty.ts';
import { eventually } from '../support/eventually.ts';
import { startNode } from '../support/process.ts';
import { shell } from '../support/run.ts';
import { startSystem, type System, type TestHost } from '../support/system.ts';

let system: System;
let host: TestHost;
let id: string;
const local = mkdtempSync(join(tmpdir(), 'muster-cp-'));

beforeAll(async () => {
  system = await startSystem();
  host = await system.addHost('host');
  // Goes on running while the agent is away.
  const { sandbox } = await system.admin.sandboxes.createSandbox({
    limits: { memoryMib: 256, diskMib: 1024 },
    onDisconnect: OnDisconnect.KEEP,
  });
  id = sandbox!.id;
}, 600_000);
afterAll(async () => {
  rmSync(local, { recursive: true });
  await system?.stop();
});

const sh = async (line: string) => (await shell(system.admin, id, line)).stdout;
const sumOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const muster = (...args: string[]) =>
  startNode('muster', 'cli/main.ts', ['sandboxes', ...args], {
    environment: { MUSTER_SERVER: system.url, MUSTER_TOKEN: system.adminToken, HOME: local },
  });
const start = (...args: string[]) => muster('cp', ...args);
async function cp(...args: string[]) {
  const running = start(...args);
  return { code: await running.ended, output: running.output() };
}

/** The same for a person who looks on: they see how far it is, and at its end what was copied. */
async function cpOnTerminal(from: string, to: string): Promise<void> {
  const environment = { HOME: local, MUSTER_SERVER: system.url, MUSTER_TOKEN: system.adminToken };
  const size = { cols: 100, rows: 30 };
  const terminal = onTerminal(`${process.execPath} cli/main.ts sandboxes cp ${from} ${to}`, environment, size);
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen()).toMatch(/^(\r\d+ %, \d files?, 0 MiB, \S+ MiB\/s *)+\r +\r1 file, 0 MiB, \S+ MiB\/s\r\n$/);
}

test('a directory goes in and comes out again with its modes, links and odd names', async () => {
  const tree = join(local, 'tree');
  mkdirSync(join(tree, 'sub/empty'), { recursive: true });
  writeFileSync(join(tree, 'sub/run.sh'), 'echo run\n', { mode: 0o755 });
  writeFileSync(join(tree, 'secret'), 'x', { mode: 0o600 });
  writeFileSync(join(tree, 'ünï code "quoted"'), 'odd');
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0xff, 0x41])]), 'bytes');
  symlinkSync('sub/run.sh', join(tree, 'link'));
  expect(await cp(tree, `${id}:/root/copied`)).toEqual({ code: 0, output: '' });
  expect(await sh('cd /root/copied; sh ./link; stat -c "%a %n" secret sub/run.sh; find . | wc -l')).toBe(
    'run\n600 secret\n755 sub/run.sh\n8\n',
  );
  expect(await cp(`${id}:/root/copied`, join(local, 'back'))).toEqual({ code: 0, output: '' });
  const back = join(local, 'back');
  expect(readdirSync(back, { encoding: 'buffer' }).length).toBe(5);
  expect(readlinkSync(join(back, 'link'))).toBe('sub/run.sh');
  expect([statSync(join(back, 'secret')).mode & 0o777, statSync(join(back, 'sub/run.sh')).mode & 0o777]).toEqual([
    0o600, 0o755,
  ]);
  expect(readFileSync(Buffer.concat([Buffer.from(`${back}/`), Buffer.from([0xff, 0x41])])).toString()).toBe('bytes');
});

test('a file goes into a directory that is there, and under the name that is given else', async () => {
  writeFileSync(join(local, 'one'), 'one');
  await sh('mkdir -p /root/there');
  await cp(join(local, 'one'), `${id}:/root/there`);
  await cpOnTerminal(join(local, 'one'), `${id}:/root/made/for/it`);
  expect(await sh('cat /root/there/one /root/made/for/it')).toBe('oneone');
  await cpOnTerminal(`${id}:/root/there/one`, join(local, 'two'));
  expect(readFileSync(join(local, 'two'), 'utf8')).toBe('one');
});

test('what a hostile sandbox links to is not written through', async () => {
  const out = join(local, 'out');
  const elsewhere = join(local, 'elsewhere');
  mkdirSync(elsewhere);
  await sh(`mkdir -p /root/evil; ln -s ${elsewhere} /root/evil/door; echo x > /root/evil/x`);
  expect((await cp(`${id}:/root/evil`, out)).code).toBe(0);
  // The link is there by now; a directory of its name must not be copied through it.
  await sh('rm /root/evil/door; mkdir /root/evil/door; echo stolen > /root/evil/door/y');
  const second = await cp(`${id}:/root/evil/.`, out);
  expect(second.code).not.toBe(0);
  expect(second.output).toContain('in the way');
  expect(readdirSync(elsewhere)).toEqual([]);
});

test('a copy in goes on after the control plane and the agent were killed in the middle of it', async () => {
  const big = join(local, 'big');
  writeFileSync(big, randomBytes(80_000_000));
  const copying = start(big, `${id}:/root/big`);
  const standing = async () => Number((await sh('cat /root/.muster-upload-* 2>/dev/null | wc -c')).trim());
  await eventually('some has arrived', async () => (await standing()) > 1_000_000);
  system.controlPlane.process.signal('SIGKILL');
  await system.controlPlane.process.ended;
  await system.restartControlPlane();
  await eventually(
    'it is connected',
    () =>
      sh('true').then(
        () => true,
        () => false,
      ),
    30_000,
  );
  host.agent.signal('SIGKILL');
  await host.agent.ended;
  host.start();
  expect([await copying.ended, copying.output()]).toEqual([0, '']);
  await eventually(
    'it is connected',
    () =>
      sh('true').then(
        () => true,
        () => false,
      ),
    30_000,
  );
  expect((await sh('sha256sum < /root/big; ls -A /root | grep -c muster')).split(/\s+/).slice(0, 3)).toEqual([
    sumOf(big),
    '-',
    '0',
  ]);
}, 180_000);

test('a copy out goes on after the control plane was killed in the middle of it', async () => {
  const copying = start(`${id}:/root/big`, join(local, 'big-back'));
  await eventually('some has arrived', () =>
    readdirSync(local).some(
      (name) => name.startsWith('big-back.muster-') && statSync(join(local, name)).size > 1_000_000,
    ),
  );
  system.controlPlane.process.signal('SIGKILL');
  await system.controlPlane.process.ended;
  await system.restartControlPlane();
  expect([await copying.ended, copying.output()]).toEqual([0, '']);
  expect(sumOf(join(local, 'big-back'))).toBe(sumOf(join(local, 'big')));
}, 180_000);

test('what changes in a directory and below is told, a line each, until it is gone', async () => {
  await sh('mkdir -p /srv/watched/sub');
  const watching = muster('watch', id, '/srv/watched', '--recursive');
  await eventually('it watches', () => watching.output().includes('Watching /srv/watched'));
  await sh('echo 1 > /srv/watched/sub/file; mv /srv/watched/sub/file /srv/watched/"$(printf \'\\033[2Jodd\')"');
  await eventually('the changes are told', () => watching.output().includes('moved to'));
  await sh('rm -r /srv/watched');
  expect(await watching.ended).toBe(0);
  const told = watching.output();
  expect(told).toMatch(/^created +\/srv\/watched\/sub\/file$/m);
  expect(told).toMatch(/^moved from +\/srv\/watched\/sub\/file$/m);
  expect(told).toMatch(/^moved to +\/srv\/watched\/\?\[2Jodd$/m);
  expect(told).toContain('/srv/watched was removed or moved away.');
});

test('mistakes are told in a sentence', async () => {
  expect(await cp('a', 'b')).toMatchObject({ code: 2, output: expect.stringContaining('One side has to be') });
  expect(await cp(join(local, 'one'), `${id}:relative`)).toMatchObject({
    code: 2,
    output: expect.stringContaining('absolute'),
  });
  expect((await cp(`${id}:/root/none`, local)).code).toBe(5);
});
