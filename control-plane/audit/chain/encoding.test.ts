import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFields, type Field } from './encoding.ts';

/** Reads back what was encoded. That it can be read back is what shows that no two lists share their bytes. */
function decodeFields(encoded: Buffer): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < encoded.length;) {
    const kind = encoded.readUInt8(at);
    const end = at + 5 + encoded.readUInt32BE(at + 1);
    const value = encoded.subarray(at + 5, end);
    fields.push(kind === 0 ? null : kind === 1 ? value.toString() : new Uint8Array(value));
    at = end;
  }
  return fields;
}

const field = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array({ maxLength: 40 }),
);
const fields = fc.array(field, { maxLength: 14 });

test('every list of fields can be read back from its bytes', () => {
  fc.assert(
    fc.property(fields, (list) => {
      expect(decodeFields(encodeFields(list))).toEqual(list);
    }),
  );
});

test('two lists share their bytes only when they are the same list', () => {
  const near = fc.tuple(fields, fields).filter(([one, other]) => JSON.stringify(one) !== JSON.stringify(other));
  fc.assert(fc.property(near, ([one, other]) => !encodeFields(one).equals(encodeFields(other))));
});

test.each([
  { what: 'a border moved between two texts', one: ['ab', 'c'], other: ['a', 'bc'] },
  { what: 'an empty text instead of none', one: [''], other: [null] },
  { what: 'bytes instead of the same text', one: ['a'], other: [new TextEncoder().encode('a')] },
  { what: 'a text that looks like two encoded ones', one: ['a\u{1}\0\0\0\u{1}b'], other: ['a', 'b'] },
  { what: 'a field more', one: [null], other: [null, null] },
])('$what is another list', ({ one, other }) => {
  expect(encodeFields(one).equals(encodeFields(other))).toBe(false);
});
