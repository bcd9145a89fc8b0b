import fc from 'fast-check';
import { expect, test } from 'vitest';
import { channel, encodeFrame, type Frame, FrameReader, frameType, maxData, ProtocolViolation } from './frames.ts';

const u32 = (...numbers: number[]): Buffer => Buffer.from(Uint32Array.from(numbers).buffer);
const hello = encodeFrame(frameType.hello, 0, u32(0x5254534d, 1, 256));
const data = encodeFrame(frameType.data, 7, Buffer.from('abc'), channel.err);
const closed = encodeFrame(frameType.closed, 7, u32(137, 9, 1, 0, 5_000_000, 0));

const read = (bytes: Buffer, sizes: readonly number[] = []): Frame[] => {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    frames.push(...reader.read(bytes.subarray(at, at + size)));
    at += size;
  }
  return frames;
};

const expected = [
  { type: 'hello', version: 1, revision: 0, maxStreams: 256 },
  { type: 'data', stream: 7, channel: 2, bytes: Buffer.from('abc') },
  { type: 'closed', stream: 7, result: { code: 137, signal: 9, timedOut: true, notStarted: false, durationMs: 5000 } },
];

test('frames are read however the bytes are cut', () => {
  const bytes = Buffer.concat([hello, data, closed]);
  expect(read(bytes)).toEqual(expected);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 20 }), (sizes) => {
      expect(read(bytes, sizes)).toEqual(expected);
    }),
  );
});

test.each([
  ['a length beyond the limit', u32(maxData + 1, frameType.data, 7)],
  ['a huge length', u32(0xffff_ffff, frameType.data | 0x100, 7)],
  ['an empty piece of data', u32(0, frameType.data | 0x100, 7)],
  ['a type of the agent', encodeFrame(frameType.open, 7, u32(1))],
  ['an unknown type', encodeFrame(99, 7, u32(1))],
  ['a wrong length', encodeFrame(frameType.credit, 7, Buffer.alloc(5))],
  ['another magic', encodeFrame(frameType.hello, 0, u32(1, 1, 256))],
  ['data on the input', encodeFrame(frameType.data, 7, Buffer.from('x'), channel.in)],
  ['a credit on an output', encodeFrame(frameType.credit, 7, u32(1), channel.out)],
  ['an exit code beyond 255', encodeFrame(frameType.closed, 7, u32(256, 0, 0, 0, 0, 0))],
  ['reserved bytes', Buffer.concat([hello.subarray(0, 6), Buffer.from([1]), hello.subarray(7)])],
])('%s is a violation', (_, bytes) => {
  expect(() => read(bytes)).toThrow(ProtocolViolation);
});

function endOf(chunks: readonly Uint8Array[]): string {
  const reader = new FrameReader();
  try {
    for (const chunk of chunks) for (const _ of reader.read(Buffer.from(chunk))) continue;
    return 'frames';
  } catch (error) {
    return error instanceof Error ? error.name : 'something else';
  }
}

test('whatever bytes arrive, the reader answers frames or a violation', () => {
  const anything = fc.uint8Array({ maxLength: 200 });
  const almost = fc
    .tuple(fc.constantFrom(hello, data, closed), fc.nat(), fc.nat(255))
    .map(([frame, at, byte]) => Buffer.from(frame).fill(byte, at % frame.length, (at % frame.length) + 1));
  fc.assert(
    fc.property(fc.array(fc.oneof(anything, almost), { maxLength: 6 }), (chunks) => {
      expect(['frames', 'ProtocolViolation']).toContain(endOf(chunks));
    }),
    { numRuns: 2000 },
  );
});
