import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { lockName } from '../../host-agent/machine/data-dir.ts';
import { takeLock } from '../../host-agent/machine/lock.ts';
import { openDataDir } from './open.ts';
import { untilRemainsEnd } from './remains.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-data-dir-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a data directory is for its owner alone, and for one Muster at a time', async () => {
  const path = join(folder, 'new', 'one');
  const first = await openDataDir(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  await expect(openDataDir(path)).rejects.toThrow(`Another Muster (process ${process.pid}) runs on ${path}.`);
  await first.close();
  await (await openDataDir(path)).close();
});

test('a directory that holds something else is left alone', async () => {
  const path = join(folder, 'theirs');
  mkdirSync(path);
  writeFileSync(join(path, 'thesis.tex'), '');
  await expect(openDataDir(path)).rejects.toThrow('is not empty and holds no Muster');
});

test('what a killed Muster has left there is waited for', async () => {
  const dataDir = await openDataDir(join(folder, 'left'));
  const said: string[] = [];
  const untilEnd = () => untilRemainsEnd(dataDir, (sentence) => said.push(sentence));
  await untilEnd();
  mkdirSync(dataDir.agent);
  await untilEnd();
  expect(said).toEqual([]);

  const program = join(folder, 'control-plane', 'main.ts');
  mkdirSync(join(folder, 'control-plane'));
  writeFileSync(program, 'setInterval(() => {}, 1000);');
  const controlPlane = spawn(process.execPath, [join('control-plane', 'main.ts')], {
    cwd: folder,
    env: { MUSTER_DATA_DIR: dataDir.path },
    stdio: 'ignore',
  });
  const agent = await takeLock(join(dataDir.agent, lockName), 1);
  let isOver = false;
  const waiting = untilEnd().then(() => void (isOver = true));
  await vi.waitFor(() => expect(said).toHaveLength(1), 30_000);
  controlPlane.kill();
  await once(controlPlane, 'exit');
  expect(isOver).toBe(false);
  await agent!.release();
  await waiting;
  await dataDir.close();
});
