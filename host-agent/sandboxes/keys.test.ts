import { afterAll, beforeAll, expect, test } from 'vitest';
import { Place } from './testing/place.ts';

let place: Place;
beforeAll(async () => void (place = await Place.open()), 180_000);
afterAll(() => place.close());

const file = '/run/muster/keys.env';
const give = (id: string, revision: number, variables: Record<string, string>) =>
  place.sandboxes.setKeys(id, 1, { revision, variables });
const shown = async (id: string) => (await place.run(id, `. ${file}; echo "$ONE|$TWO"; env | grep -c ONE=`)).stdout;

test('keys are variables of every new process and a file, an older revision changes nothing, and what was asked for with the sandbox goes before them', async () => {
  const keys = { revision: 3, variables: { ONE: 'first', TWO: `it's $HOME`, COLOUR: 'of the key' } };
  const id = await place.create({ keys, env: { COLOUR: 'green' } });
  expect(place.state(id)).toMatchObject({ keysRevision: 3 });
  expect(await shown(id)).toBe(`first|it's $HOME\n1\n`);
  expect(
    (await place.run(id, `echo $COLOUR; stat -c '%a %U' ${file}; grep -c ' /run/muster tmpfs ' /proc/mounts`)).stdout,
  ).toBe('green\n644 root\n1\n');
  expect(await give(id, 4, { ONE: 'second' })).toMatchObject({ keysRevision: 4 });
  expect(await shown(id)).toBe('second|\n1\n');
  expect(await give(id, 2, { ONE: 'late' })).toMatchObject({ keysRevision: 4 });
  expect(await shown(id)).toBe('second|\n1\n');
});

test('keys that change while a sandbox is paused or stopped are there when it goes on, also after its agent was replaced', async () => {
  const id = await place.create();
  await place.sandboxes.pause(id, 1);
  await give(id, 1, { ONE: 'paused' });
  await place.sandboxes.resume(id, 1);
  expect(await shown(id)).toBe('paused|\n1\n');
  await place.sandboxes.stop(id, 1);
  expect(await give(id, 2, { ONE: 'stopped' })).toMatchObject({ state: 'stopped', keysRevision: 2 });
  await place.reopen();
  expect(place.state(id)).toMatchObject({ keysRevision: 2 });
  await place.sandboxes.start(id, 1);
  expect(await shown(id)).toBe('stopped|\n1\n');
});

test('no copy of a sandbox has its keys', async () => {
  const id = await place.create({ keys: { revision: 1, variables: { ONE: 'secret' } } });
  await place.run(id, 'echo kept > /root/file');
  const { layers } = await place.sandboxes.snapshot(id, 1, 'snap0123456789ab');
  const copy = await place.create({ layers });
  expect((await place.run(copy, `cat /root/file; echo "$ONE"; ls -A /run/muster`)).stdout).toBe('kept\n\n');
});

test('a sandbox that has no room for the file of its keys says so, and runs on', async () => {
  const id = await place.create();
  await place.run(id, 'head -c 65536 /dev/zero > /run/muster/filler');
  await expect(give(id, 1, { ONE: 'x'.repeat(3000) })).rejects.toMatchObject({ reason: 'runtime_failed' });
  expect(place.state(id)).toMatchObject({ state: 'running', keysRevision: 0 });
  await place.run(id, 'rm /run/muster/filler');
  expect(await give(id, 2, { ONE: 'room' })).toMatchObject({ keysRevision: 2 });
  expect(await shown(id)).toBe('room|\n1\n');
});
