import { expect, test } from 'vitest';
import { displayName } from './display-name.ts';

test.each([
  ['spaces of any kind', ' \u{a0}Ada \u{2003} Lovelace\t', 'Ada Lovelace'],
  ['a zero-width space', 'A\u{200b}da', 'Ada'],
  ['a soft hyphen', 'A\u{ad}da', 'Ada'],
  ['joiners between Latin letters', 'A\u{200d}d\u{200c}a', 'Ada'],
  ['a turned direction', 'Ada\u{202e}nimda', 'Adanimda'],
  ['isolates', '\u{2066}Ada\u{2069}', 'Ada'],
  ['tags', 'Ada\u{e0041}\u{e007f}', 'Ada'],
  ['an accent of its own', 'Ame\u{301}lie', 'Am\u{e9}lie'],
  ['a filler', '\u{3164}Ada', 'Ada'],
])('%s does not make another name', (_what, text, name) => {
  expect(displayName('name', text)).toBe(name);
});

test.each(['محمد', 'می\u{200c}خواهم', '李小龍', '👩\u{200d}🚀', "O'Neill-Ştefan", 'Ада'])(
  '%s stays as it is',
  (name) => {
    expect(displayName('name', name)).toBe(name.normalize('NFC'));
  },
);

test.each(['', ' ', '\u{200b}\u{2060}', '\u{202e}', '\u{3164}'])(
  'a name in which nothing can be seen is refused',
  (text) => {
    expect(() => displayName('name', text)).toThrow('can be seen');
  },
);
