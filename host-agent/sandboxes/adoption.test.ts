import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { openSandboxes, SandboxError } from './index.ts';
import { Place } from './testing/place.ts';

let place: Place;
beforeAll(async () => void (place = await Place.open()), 180_000);
afterAll(() => place.close());

const ticker = '(while :; do echo x >> /tmp/ticks; sleep 0.02; done) >/dev/null 2>&1 & echo $!';
const recordPath = (id: string): string => join(place.options.dataDir, 'sandboxes/live', `${id}-1`, 'record.json');
const changeRecord = (id: string, change: object): void =>
  writeFileSync(recordPath(id), JSON.stringify({ ...JSON.parse(readFileSync(recordPath(id), 'utf8')), ...change }));

test('an agent that comes back finds its sandboxes running, and their processes never stopped', async () => {
  const id = await place.create();
  const pid = (await place.run(id, ticker)).stdout.trim();
  const before = place.pids(id);
  const { revision } = place.state(id)!;
  await place.reopen();
  expect(place.state(id)).toMatchObject({ state: 'running', revision });
  expect(place.pids(id)).toEqual(expect.arrayContaining(before.slice(0, 2)));
  expect((await place.run(id, `kill -0 ${pid} && echo lives`)).stdout).toBe('lives\n');
});

test('a paused sandbox stays paused, one whose pause was only journaled is frozen', async () => {
  const [paused, half, thawing] = await Promise.all([place.create(), place.create(), place.create()]);
  await place.sandboxes.pause(paused, 1);
  await place.sandboxes.pause(thawing, 1);
  await place.sandboxes.close();
  changeRecord(half, { state: 'paused', pausedByAgent: true });
  changeRecord(thawing, { state: 'running' });
  place.sandboxes = await openSandboxes(place.options);
  expect(place.state(paused)).toMatchObject({ state: 'paused', pausedByAgent: false });
  expect(place.state(half)).toMatchObject({ state: 'paused', pausedByAgent: true });
  expect((await place.run(thawing, 'echo thawed')).stdout).toBe('thawed\n');
  await place.sandboxes.resumePausedByAgent();
  expect((await place.run(half, 'echo back')).stdout).toBe('back\n');
  await expect(place.run(paused, 'true')).rejects.toMatchObject({ reason: 'wrong_state' });
});

test('what was half made is made, with the same attempt', async () => {
  const [answered, lost] = await Promise.all([place.create(), place.create()]);
  const [init] = place.pids(answered);
  await place.sandboxes.close();
  changeRecord(answered, { state: 'pending' });
  changeRecord(lost, { state: 'pending' });
  process.kill(place.pids(lost)[0]!, 'SIGKILL');
  place.sandboxes = await openSandboxes(place.options);
  await eventually('both run', () => [answered, lost].every((id) => place.state(id)?.state === 'running'));
  expect(place.pids(answered)).toEqual([init]);
  expect((await place.run(lost, 'echo made')).stdout).toBe('made\n');
});

test('what was half destroyed is destroyed', async () => {
  const [running, ended] = await Promise.all([place.create(), place.create()]);
  await place.sandboxes.close();
  // As when the agent died right after writing the tombstone, and when only files were left.
  process.kill(place.pids(ended)[0]!, 'SIGKILL');
  const tombstones = [running, ended].map((sandboxId) => JSON.stringify({ sandboxId, attempt: 1, atMs: Date.now() }));
  const path = join(place.options.dataDir, 'sandboxes/ended.jsonl');
  writeFileSync(path, `${tombstones.join('\n')}\n{"sandboxId":"torn`);
  place.sandboxes = await openSandboxes(place.options);
  await eventually('both are gone', () => !place.state(running) && !place.state(ended));
  expect([...place.pids(running), ...place.pids(ended)]).toEqual([]);
  expect(place.sandboxes.inventory().ended).toEqual(
    expect.arrayContaining([running, ended].map((sandboxId) => ({ sandboxId, attempt: 1 }))),
  );
});

test('a sandbox that ended while nobody looked has failed, and can be destroyed', async () => {
  const [killed, unreadable] = await Promise.all([place.create(), place.create()]);
  await place.sandboxes.close();
  process.kill(place.pids(killed)[0]!, 'SIGKILL');
  await eventually('it is gone', () => place.pids(killed).length === 0);
  writeFileSync(recordPath(unreadable), '{"version": 99');
  place.sandboxes = await openSandboxes(place.options);
  for (const id of [killed, unreadable]) {
    expect(place.state(id)).toMatchObject({ sandboxId: id, state: 'failed', reason: expect.stringMatching(/\.$/) });
    await expect(place.run(id, 'true')).rejects.toMatchObject({ reason: 'wrong_state' });
    await place.sandboxes.destroy(id, 1);
    expect(place.pids(id)).toEqual([]);
  }
});

test('a sandbox whose init dies has failed at once, with the reason', async () => {
  const id = await place.create();
  const running = place.run(id, 'sleep 1000');
  running.catch(() => undefined);
  await eventually('it runs', () => place.pids(id).length > 1);
  const { revision } = place.state(id)!;
  process.kill(place.pids(id)[0]!, 'SIGKILL');
  await expect(running).rejects.toMatchObject({ reason: 'runtime_failed' });
  await eventually('it has failed', () => place.state(id)?.state === 'failed');
  expect(place.state(id)).toMatchObject({ reason: 'Its init was killed (SIGKILL).', revision: revision + 1 });
});

/** An agent in a process of its own: makes sandboxes and says so, until it is killed. */
const agent = (line: string): string => `
  import { openSandboxes } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
  const sandboxes = await openSandboxes(JSON.parse(process.argv[1]));
  const spec = JSON.parse(process.argv[2]);
  ${line}
  console.log('done');
  setInterval(() => {}, 1000);
`;

async function killedAgent(line: string, spec: object, afterMs?: number): Promise<void> {
  await place.sandboxes.close();
  const args = ['--input-type=module', '-e', agent(line), JSON.stringify(place.options), JSON.stringify(spec)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise<void>((resolve) => {
    if (afterMs === undefined) createInterface({ input: child.stdout }).once('line', () => resolve());
    else createInterface({ input: child.stdout }).once('line', () => setTimeout(resolve, afterMs));
  });
  child.kill('SIGKILL');
  await ended;
  place.sandboxes = await openSandboxes(place.options);
}

test('a killed agent loses nothing: sandboxes and processes are there for the next one', async () => {
  const spec = place.spec();
  const line = `
    await sandboxes.create(spec);
    for await (const event of sandboxes.run(spec.sandboxId, { argv: ['sh', '-c', ${JSON.stringify(ticker)}] })) void event;
    await sandboxes.run(spec.sandboxId, { argv: ['sleep', '1003.25'] })[Symbol.asyncIterator]().next();`;
  await killedAgent(line, spec);
  expect(place.state(spec.sandboxId)).toMatchObject({ state: 'running' });
  const ticks = async () => Number((await place.run(spec.sandboxId, 'wc -l < /tmp/ticks')).stdout);
  const first = await ticks();
  await eventually('it ticks', async () => (await ticks()) > first);
  expect((await place.run(spec.sandboxId, "pgrep -f '^sleep 1003.25' | wc -l")).stdout).toBe('1\n');
});

async function answerOf(sandboxId: string): Promise<string> {
  try {
    return (await place.run(sandboxId, 'echo here')).stdout;
  } catch (error) {
    return error instanceof SandboxError ? error.reason : String(error);
  }
}

test('an agent that is killed at any moment of making and destroying leaves nothing that its successor does not settle', async () => {
  for (const afterMs of [0, 5, 10, 15, 20, 30, 45, 60]) {
    const specs = [place.spec(), place.spec()];
    const line = `
      console.log('begin');
      await Promise.all(spec.map((one) => sandboxes.create(one)));
      await Promise.all(spec.map((one) => sandboxes.destroy(one.sandboxId, 1)));`;
    await killedAgent(line, specs, afterMs);
    await eventually('all is settled', () =>
      place.sandboxes.inventory().sandboxes.every(({ state }) => state !== 'pending'),
    );
    for (const { sandboxId } of specs) {
      // Where its end had begun it may still be seen, and takes no commands.
      expect(['here\n', 'wrong_state', 'not_found']).toContain(await answerOf(sandboxId));
      await place.sandboxes.destroy(sandboxId, 1);
      expect(place.pids(sandboxId)).toEqual([]);
    }
  }
});
