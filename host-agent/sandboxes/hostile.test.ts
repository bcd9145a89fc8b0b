import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeFrame, frameType } from '../init/frames.ts';
import { eventually } from '../testing/eventually.ts';
import { openSandboxes } from './index.ts';
import { Place } from './testing/place.ts';

let place: Place;
beforeAll(async () => void (place = await Place.open()), 180_000);
afterAll(() => place.close());

const socketOf = (id: string): string => join(place.options.dataDir, 'sandboxes/live', `${id}-1`, 'init.sock');

/** Puts somebody else in the place of an init that the agent has let go of. */
async function impersonate(id: string, answer: (socket: Socket) => void): Promise<() => void> {
  rmSync(socketOf(id));
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    answer(socket);
  });
  server.listen(socketOf(id));
  await once(server, 'listening');
  return () => server.close();
}

test('an init that speaks garbage is stopped with its sandbox; neighbours and agent go on', async () => {
  const [mad, well] = await Promise.all([place.create(), place.create()]);
  await place.sandboxes.close();
  const leave = await impersonate(mad, (socket) => socket.write(randomBytes(100_000)));
  place.sandboxes = await openSandboxes(place.options);
  await eventually('it has failed', () => place.state(mad)?.state === 'failed');
  expect(place.pids(mad)).toEqual([]);
  expect((await place.run(well, 'echo well')).stdout).toBe('well\n');
  leave();
});

test('an init that hangs up again and again is stopped, one that is silent is only not answered', async () => {
  const [rude, silent] = await Promise.all([place.create(), place.create()]);
  await place.sandboxes.close();
  const leave = [await impersonate(rude, (socket) => socket.destroy()), await impersonate(silent, () => undefined)];
  place.sandboxes = await openSandboxes(place.options);
  await eventually('it has failed', () => place.state(rude)?.state === 'failed');
  expect(place.state(silent)).toMatchObject({ state: 'running' });
  expect(place.pids(silent).length).toBe(1);
  for (const go of leave) go();
});

/** Frames as a broken agent would send them. */
function nonsense(): Buffer {
  const body = randomBytes(randomInt(0, 300));
  const types = Object.values(frameType);
  const type = types[randomInt(types.length)]!;
  switch (randomInt(4)) {
    case 0:
      return randomBytes(randomInt(1, 400));
    case 1:
      return encodeFrame(type, randomInt(3), body, randomInt(4));
    case 2:
      return encodeFrame(
        frameType.open,
        randomInt(1, 9),
        Buffer.concat([Buffer.from([randomInt(7), 0, randomInt(4), 0]), randomBytes(20), body]),
      );
    default: {
      const header = encodeFrame(type, randomInt(3), body);
      header.writeUInt32LE(randomInt(2) ? 0xffff_fff0 : randomInt(20_000_000), 0);
      return header;
    }
  }
}

test('whatever its socket is sent, the init goes on', async () => {
  const id = await place.create();
  const [init] = place.pids(id);
  await place.sandboxes.close();
  for (let turn = 0; turn < 400; turn += 1) {
    const socket = connect(socketOf(id));
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    for (let part = randomInt(1, 5); part > 0; part -= 1) socket.write(nonsense());
    socket.resume();
    socket.end();
    if (turn % 2) socket.destroy();
    else await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  }
  place.sandboxes = await openSandboxes(place.options);
  expect(place.pids(id)[0]).toBe(init);
  expect((await place.run(id, 'echo unharmed')).stdout).toBe('unharmed\n');
  const [own] = (await place.sandboxes.logs(id, { processId: '', tailBytes: 4096 })).logs;
  expect(Buffer.concat(own!.parts.map(({ data }) => data)).toString()).toContain(
    'the connection to the agent was dropped',
  );
});

test('a newcomer takes the connection over, and the agent takes it back', async () => {
  const id = await place.create();
  const running = place.run(id, 'sleep 1004.25');
  running.catch(() => undefined);
  await eventually('it runs', () => place.pids(id).length > 1);
  const socket = connect(socketOf(id));
  await once(socket, 'data');
  await expect(running).rejects.toMatchObject({ reason: 'runtime_failed' });
  await eventually(
    'the agent is back',
    async () => (await place.run(id, 'echo back').catch(() => undefined))?.stdout === 'back\n',
  );
  socket.destroy();
  // What ran goes on, its output is dropped.
  expect((await place.run(id, "pgrep -f '^sleep 1004.25' | wc -l")).stdout).toBe('1\n');
});
