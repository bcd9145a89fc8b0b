import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pageOf, pageSize, placeFrom } from './paging.ts';

const anyText = /^/;

test('pages follow one another without a gap and without a row twice', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme' })), fc.integer({ min: 1, max: 7 }), (names, size) => {
      const all = names.toSorted();
      const seen: string[] = [];
      let token = '';
      do {
        const [after] = placeFrom(token, [anyText]) ?? [];
        const rows = all.filter((name) => after === undefined || name > after).slice(0, size + 1);
        const page = pageOf(rows, size, (name) => [name]);
        seen.push(...page.rows);
        token = page.nextPageToken;
      } while (token !== '');
      expect(seen).toEqual(all);
    }),
  );
});

test('whatever is no token of this list is refused with the field, and nothing else happens', () => {
  const wrong = { field: 'page_token' };
  for (const value of ['x', null, 5, {}, [1], ['a', 'b'], [], ['not a number']])
    expect(() => placeFrom(Buffer.from(JSON.stringify(value)).toString('base64url'), [/^\d+$/])).toThrow(
      expect.objectContaining(wrong),
    );
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (token) => {
      expect(() => placeFrom(token, [/^never$/])).toThrow(expect.objectContaining(wrong));
    }),
  );
});

test('a list that is not asked for a size has the default', () => {
  expect([pageSize(0), pageSize(7), pageSize(0, 50)]).toEqual([100, 7, 50]);
});
