import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import type { EndedAttempt, SandboxView } from './index.ts';
import { Place } from './testing/place.ts';

let place: Place;
beforeAll(async () => void (place = await Place.open()), 180_000);
afterAll(() => place.close());

test('a sandbox runs, runs commands, and is gone when it is destroyed', async () => {
  const changes: (SandboxView | EndedAttempt)[] = [];
  const forget = place.sandboxes.onChange((change) => changes.push(change));
  const id = await place.create({ hostname: 'my-host', env: { COLOUR: 'green' } });
  expect(place.state(id)).toMatchObject({ state: 'running', revision: 2, pausedByAgent: false });
  expect((await place.run(id, 'hostname; echo $COLOUR $HOME; pwd')).stdout).toBe('my-host\ngreen /root\n/root\n');
  await place.sandboxes.destroy(id, 1);
  forget();
  expect(place.state(id)).toBeUndefined();
  expect(place.sandboxes.inventory().ended).toContainEqual({ sandboxId: id, attempt: 1 });
  expect(changes.map((change) => ('state' in change ? change.state : 'ended'))).toEqual([
    'pending',
    'running',
    'ended',
  ]);
});

test('one that is destroyed as soon as it answers leaves nothing, also of its runtime', async () => {
  const runtimes = () =>
    readdirSync(join(place.options.dataDir, 'sandboxes/runtime')).filter((name) => name[0] !== '.');
  const before = runtimes();
  for (let time = 0; time < 10; time += 1) {
    const id = await place.create();
    await place.sandboxes.destroy(id, 1);
    expect(runtimes()).toEqual(before);
  }
});

test('creating the same attempt again answers the same sandbox, also while it is being made', async () => {
  const spec = place.spec();
  const [one, two] = await Promise.all([place.sandboxes.create(spec), place.sandboxes.create(spec)]);
  expect(two).toEqual(one);
  expect(await place.sandboxes.create(spec)).toEqual(one);
  expect(place.pids(spec.sandboxId)).toHaveLength(1);
});

test('an attempt that was destroyed is never started, not even when it was never seen', async () => {
  const spec = place.spec();
  expect(await place.sandboxes.destroy(spec.sandboxId, 1)).toEqual({ lastLog: '' });
  await place.sandboxes.destroy(spec.sandboxId, 1);
  await expect(place.sandboxes.create(spec)).rejects.toMatchObject({ reason: 'wrong_state' });
  await place.sandboxes.create({ ...spec, attempt: 2 });
  await expect(place.sandboxes.create({ ...spec, attempt: 3 })).rejects.toMatchObject({ reason: 'wrong_state' });
  await place.reopen();
  await expect(place.sandboxes.create(spec)).rejects.toMatchObject({ reason: 'wrong_state' });
  expect(place.state(spec.sandboxId)).toMatchObject({ attempt: 2, state: 'running' });
});

test('a template that is not there, and an id that is none, are refused', async () => {
  await expect(place.create({ template: 'nothing' })).rejects.toMatchObject({ reason: 'template_missing' });
  await expect(place.create({ template: '../../etc' })).rejects.toMatchObject({ reason: 'template_missing' });
  await expect(place.create({ sandboxId: '../x' })).rejects.toMatchObject({ reason: 'not_found' });
});

test('disk space that the machine does not have is refused, and nothing stays of it', async () => {
  const spec = place.spec({ limits: { cpu: 1, memoryMib: 64, diskMib: 1_048_576, pids: 16 } });
  await expect(place.sandboxes.create(spec)).rejects.toMatchObject({ reason: 'runtime_failed' });
  expect(place.state(spec.sandboxId)).toBeUndefined();
});

test('a paused sandbox does nothing, refuses commands, and goes on where it was', async () => {
  const id = await place.create();
  await place.run(id, '(while :; do echo x >> /tmp/ticks; sleep 0.01; done) >/dev/null 2>&1 &');
  const paused = await place.sandboxes.pause(id, 1);
  expect(paused).toMatchObject({ state: 'paused', pausedByAgent: false });
  expect(await place.sandboxes.pause(id, 1)).toEqual(paused);
  await expect(place.run(id, 'true')).rejects.toMatchObject({ reason: 'wrong_state' });
  await place.sandboxes.resume(id, 1);
  expect(await place.sandboxes.resume(id, 1)).toMatchObject({ state: 'running' });
  const ticks = async () => Number((await place.run(id, 'wc -l < /tmp/ticks')).stdout);
  const before = await ticks();
  await eventually('it ticks again', async () => (await ticks()) > before);
});

test('what the agent paused it resumes, and nothing that somebody else paused', async () => {
  const [mine, users, kept, both] = await Promise.all([
    place.create(),
    place.create(),
    place.create({ onDisconnect: 'keep' }),
    place.create(),
  ]);
  await place.sandboxes.pause(users, 1);
  await place.sandboxes.pauseAll('The control plane cannot be reached.');
  expect(place.state(mine)).toMatchObject({
    state: 'paused',
    pausedByAgent: true,
    reason: 'The control plane cannot be reached.',
  });
  expect(place.state(users)).toMatchObject({ state: 'paused', pausedByAgent: false });
  expect(place.state(kept)).toMatchObject({ state: 'running' });
  await place.sandboxes.pause(both, 1);
  await place.reopen();
  await place.sandboxes.resumePausedByAgent();
  expect(place.state(mine)).toMatchObject({ state: 'running', pausedByAgent: false, reason: '' });
  expect(place.state(users)).toMatchObject({ state: 'paused' });
  expect(place.state(both)).toMatchObject({ state: 'paused', pausedByAgent: false });
  await place.sandboxes.pauseAll('The agent stops.', { evenKept: true });
  expect(place.state(kept)).toMatchObject({ state: 'paused', pausedByAgent: true });
  await place.sandboxes.resumePausedByAgent();
});

test('a paused sandbox can be destroyed', async () => {
  const id = await place.create();
  await place.sandboxes.pause(id, 1);
  await place.sandboxes.destroy(id, 1);
  expect(place.state(id)).toBeUndefined();
});

test('every change changes the digest, activity does not', async () => {
  const id = await place.create();
  const digest = () => Buffer.from(place.sandboxes.inventory().digest).toString('hex');
  const running = digest();
  const active = place.state(id)!.lastActivityAt;
  await eventually('activity is noted', async () => {
    await place.run(id, 'true');
    return place.state(id)!.lastActivityAt > active;
  });
  expect(digest()).toBe(running);
  await place.sandboxes.pause(id, 1);
  expect(digest()).not.toBe(running);
});

test('twenty at once all run', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => place.create()));
  const said = await Promise.all(ids.map((id) => place.run(id, 'echo here')));
  expect(said.map(({ stdout }) => stdout)).toEqual(ids.map(() => 'here\n'));
  await Promise.all(ids.map((id) => place.sandboxes.destroy(id, 1)));
});
