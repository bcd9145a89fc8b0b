import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseSettings } from '../components/config-file.ts';
import { eventually } from '../testing/eventually.ts';
import { Updates, type UpdateRefusal } from './index.ts';

let dataDir: string;
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), 'muster-updates-'))));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const target = 'a'.repeat(40);
const request = {
  updateId: 'upd0123456789abcdef',
  component: 'web',
  kind: 'update',
  targetSha: target,
  fromSha: '',
  logOffset: 0,
} as const;

/** Updates of a host whose config says this of `web`. */
const updatesWith = (web: object) =>
  new Updates(dataDir, {
    settings: parseSettings('/etc/agent.json', JSON.stringify({ updates: { web } })),
    refresh: () => undefined,
  });
const shell = (script: string, more: object = {}) => updatesWith({ command: ['sh', '-c', script], ...more });

/** Asks until it has ended; answers all that it wrote, and how it ended. */
async function untilEnded(updates: Updates, first: Parameters<Updates['apply']>[0] = request) {
  let log = '';
  let logOffset = 0;
  const ended = await eventually('the update ends', async () => {
    const progress = await updates.apply({ ...first, logOffset });
    logOffset += progress.log.length;
    log += Buffer.from(progress.log).toString();
    return progress.end;
  });
  return { log, ...ended };
}
const runs = (pattern: string) => {
  try {
    return execFileSync('pgrep', ['-f', pattern]).length > 0;
  } catch {
    return false;
  }
};

test('the command of the config runs with the target in its environment, and what it writes comes back', async () => {
  const ended = await untilEnded(shell('echo "$MUSTER_COMPONENT to $MUSTER_TARGET_SHA"; echo warned >&2'));
  expect(ended).toMatchObject({ exitCode: 0, problem: '' });
  expect(ended.log).toContain(`web to ${target}\n`);
  expect(ended.log).toContain('warned\n');
});

test('asking again never runs it twice, not even for another agent on the same directory', async () => {
  const count = join(dataDir, 'count');
  const script = `echo once >> ${count}`;
  const updates = shell(script);
  await Promise.all([1, 2, 3].map(() => updates.apply(request)));
  await untilEnded(shell(script));
  await untilEnded(shell(script));
  expect(readFileSync(count, 'utf8')).toBe('once\n');
});

test('a command that fails says with what', async () => {
  expect(await untilEnded(shell('exit 7'))).toMatchObject({
    exitCode: 7,
    problem: 'The command ended with exit code 7.',
  });
});

test('a program that is not there is said to be missing', async () => {
  const ended = await untilEnded(updatesWith({ command: ['/no/such/program'] }));
  expect(ended.exitCode).toBe(-1);
  expect(ended.problem).toContain('could not be started');
});

test('a command that never ends is ended with all that it started', async () => {
  const mark = `31415${process.pid}`;
  const ended = await untilEnded(
    shell(`sleep ${mark} & trap "" TERM; sleep ${mark}; sleep ${mark}`, { timeout: '1s' }),
  );
  expect(ended.problem).toContain('did not end within 1 s');
  expect(runs(`sleep ${mark}`)).toBe(false);
});

test('a command is stopped when it is asked to, and one that was never begun never is', async () => {
  const updates = shell('echo begun; exec sleep 600');
  await eventually('it runs', async () => (await updates.apply(request)).log.length > 0);
  await updates.stop(request.updateId);
  expect((await untilEnded(updates)).problem).toContain('was ended, as the rollout asked');

  const never = { ...request, updateId: 'upd0000000000000000' };
  await updates.stop(never.updateId);
  expect((await untilEnded(updates, never)).problem).toContain('never begun');
});

test('no more than 256 KiB are kept', async () => {
  const { log, exitCode } = await untilEnded(shell('head -c 3000000 /dev/zero | tr "\\0" x'));
  expect(exitCode).toBe(0);
  expect(log.length).toBeGreaterThan(256 * 1024);
  expect(log.length).toBeLessThan(257 * 1024);
  expect(log).toContain('More was written than is kept.');
});

test('without a command of the config nothing is run', async () => {
  const refused = { name: 'UpdateRefusal', reason: 'not_offered' } satisfies Partial<UpdateRefusal>;
  await expect(shell('true').apply({ ...request, component: 'other' })).rejects.toMatchObject(refused);
  await expect(shell('true').apply({ ...request, kind: 'return' })).rejects.toMatchObject(refused);
  expect(existsSync(join(dataDir, 'updates'))).toBe(false);
});

test('of one component one update runs at a time', async () => {
  const updates = shell('exec sleep 600');
  await updates.apply(request);
  const other = { ...request, updateId: 'upd0000000000000000' };
  await expect(updates.apply(other)).rejects.toMatchObject({ reason: 'busy' });
  await eventually('it is watched over', () =>
    existsSync(join(dataDir, 'updates', request.updateId, 'supervisor.json')),
  );
  await updates.stop(request.updateId);
  await untilEnded(updates);
  await updates.apply(other);
  await eventually('it is watched over', () => existsSync(join(dataDir, 'updates', other.updateId, 'supervisor.json')));
  await updates.stop(other.updateId);
  await untilEnded(updates, other);
});

test('a command whose supervisor was killed counts as interrupted', async () => {
  const mark = `27182${process.pid}`;
  const updates = shell(`exec sleep ${mark}`);
  await updates.apply(request);
  await eventually('it runs', () => runs(`sleep ${mark}`));
  const { pid } = JSON.parse(readFileSync(join(dataDir, 'updates', request.updateId, 'supervisor.json'), 'utf8')) as {
    pid: number;
  };
  process.kill(pid, 'SIGKILL');
  expect((await untilEnded(updates)).problem).toContain('interrupted');
  const left = execFileSync('pgrep', ['-f', `sleep ${mark}`])
    .toString()
    .trim();
  process.kill(Number(left), 'SIGKILL');
});
