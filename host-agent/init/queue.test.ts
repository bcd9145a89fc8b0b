import { expect, test } from 'vitest';
import { channel, type OutputChannel } from './frames.ts';
import { EventQueue } from './queue.ts';

const emptied = (queue: EventQueue) => {
  const output = ['', '', ''];
  let pieces = 0;
  for (let event = queue.shift(); event; event = queue.shift()) {
    if (event.type !== 'data') continue;
    output[event.channel] += event.bytes.toString();
    pieces += 1;
  }
  return { out: output[channel.out], err: output[channel.err], pieces };
};

test('pieces that wait are joined, whatever channel they alternate on, and no byte is lost or moved', () => {
  const queue = new EventQueue();
  const written = { out: '', err: '' };
  for (let index = 0; index < 100_000; index += 1) {
    const on: OutputChannel = index % 2 ? channel.out : channel.err;
    const byte = String.fromCharCode(97 + (index % 23));
    written[on === channel.out ? 'out' : 'err'] += byte;
    queue.push({ type: 'data', channel: on, bytes: Buffer.from(byte) });
  }
  expect(queue.length).toBeLessThan(70);
  expect(emptied(queue)).toMatchObject(written);
});

test('a reader that keeps up gets every piece as it came, and events stay in order', () => {
  const queue = new EventQueue();
  queue.push({ type: 'opened', pid: 5 });
  queue.push({ type: 'data', channel: channel.out, bytes: Buffer.from('a') });
  queue.push({ type: 'data', channel: channel.out, bytes: Buffer.from('b') });
  queue.push({ type: 'data', channel: channel.err, bytes: Buffer.from('c') });
  expect(queue.shift()).toEqual({ type: 'opened', pid: 5 });
  expect(queue.shift()).toEqual({ type: 'data', channel: channel.out, bytes: Buffer.from('ab') });
  queue.push({ type: 'data', channel: channel.out, bytes: Buffer.from('d') });
  expect(queue.shift()).toEqual({ type: 'data', channel: channel.err, bytes: Buffer.from('c') });
  expect(queue.shift()).toEqual({ type: 'data', channel: channel.out, bytes: Buffer.from('d') });
  expect(queue.shift()).toBeUndefined();
});

test('large pieces are not joined without bound', () => {
  const queue = new EventQueue();
  for (let index = 0; index < 8; index += 1) {
    queue.push({ type: 'data', channel: channel.out, bytes: Buffer.alloc(32 * 1024, 97 + index) });
  }
  expect(emptied(queue)).toMatchObject({ pieces: 4 });
});
