import { expect, test } from 'vitest';
import { encodeEnvelope, EnvelopeError, EnvelopeReader } from './envelopes.ts';

const messages = ['first', '', 'x'.repeat(70_000), 'last'].map((text) => Buffer.from(text));
const wire = Buffer.concat(messages.map((data, index) => encodeEnvelope(data, index === messages.length - 1)));

/** What a reader makes of the same bytes, cut every so many. */
function cutEvery(size: number) {
  const reader = new EnvelopeReader(100_000);
  const read: { isEnd: boolean; data: string }[] = [];
  for (let at = 0; at < wire.length; at += size) {
    for (const { isEnd, data } of reader.read(wire.subarray(at, at + size)))
      read.push({ isEnd, data: data.toString() });
  }
  return { read, isInside: reader.isInside };
}

test('messages arrive whole and in order, however they are cut', () => {
  for (const size of [1, 2, 5, 6, 1000, 65_536, wire.length]) {
    const { read, isInside } = cutEvery(size);
    expect(read.map(({ data }) => data)).toEqual(messages.map(String));
    expect(read.map(({ isEnd }) => isEnd)).toEqual([false, false, false, true]);
    expect(isInside).toBe(false);
  }
});

test('half a message is noticed', () => {
  const reader = new EnvelopeReader(100);
  expect([...reader.read(encodeEnvelope(Buffer.from('whole')).subarray(0, 7))]).toEqual([]);
  expect(reader.isInside).toBe(true);
});

test('a message that is too large or compressed is refused before it is read', () => {
  const announced = Buffer.from([0, 0, 0, 0, 101]);
  expect(() => [...new EnvelopeReader(100).read(announced)]).toThrow(EnvelopeError);
  expect(() => [...new EnvelopeReader(100).read(Buffer.from([1, 0, 0, 0, 1]))]).toThrow(EnvelopeError);
});
