import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutputQueue } from './queue.ts';

const channels = [1, 2] as const;
const piece = fc.record({
  channel: fc.constantFrom(...channels),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
});

test('what is taken is what was put in, in order, whenever it is taken', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.constant('take' as const)), { maxLength: 60 }), (acts) => {
      const queue = new OutputQueue();
      const put: string[] = [];
      const taken: string[] = [];
      const take = () => {
        const one = queue.shift();
        if (one?.type === 'data') taken.push(...[...one.bytes].map((byte) => `${one.channel}:${byte}`));
        return one;
      };
      for (const act of acts) {
        if (act === 'take') take();
        else {
          put.push(...[...act.bytes].map((byte) => `${act.channel}:${byte}`));
          queue.push(act.channel, Buffer.from(act.bytes));
        }
      }
      while (take()) continue;
      expect(taken).toEqual(put);
    }),
  );
});

test('places stand between what was written before and after them; the last of several counts', () => {
  const queue = new OutputQueue();
  queue.push(1, Buffer.from('a'));
  queue.pushPlace(5);
  queue.pushPlace(9);
  queue.push(1, Buffer.from('b'));
  expect(queue.shift()).toMatchObject({ bytes: Buffer.from('a') });
  expect(queue.shift()).toEqual({ type: 'place', offset: 9 });
  expect(queue.shift()).toMatchObject({ bytes: Buffer.from('b') });
  expect(queue.shift()).toBeUndefined();
});
