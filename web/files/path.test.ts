import { expect, test } from 'vitest';
import { childOf, crumbs, fromPercent, nameOf, parentOf, pathOf, percentPath, root, shown, shownPath } from './path.ts';

const text = (value: string) => ({ case: 'path', value }) as const;
const latin = Uint8Array.from([0x2f, 0x63, 0x61, 0x66, 0xe9]);

test('a path leads through all above it', () => {
  expect(crumbs(text('/etc/nginx/conf.d')).map(({ name, path }) => [name, path.value])).toEqual([
    ['/', '/'],
    ['etc', '/etc'],
    ['nginx', '/etc/nginx'],
    ['conf.d', '/etc/nginx/conf.d'],
  ]);
  expect(parentOf(text('/etc/hosts'))).toEqual(text('/etc'));
  expect(parentOf(text('/etc'))).toEqual(root);
  expect(parentOf(root)).toEqual(root);
  expect(childOf(root, 'tmp')).toEqual(text('/tmp'));
  expect(childOf(text('/tmp'), 'ä b')).toEqual(text('/tmp/ä b'));
});

test('a name that is not UTF-8 stays the bytes that it is, and is shown without harm', () => {
  const path = pathOf(latin);
  expect(path.case).toBe('rawPath');
  expect(nameOf(path)).toBe('caf\\xe9');
  expect(percentPath(path)).toBe('/caf%E9');
  expect(fromPercent(percentPath(path))).toEqual(path);
  expect(percentPath(childOf(path, 'x'))).toBe('/caf%E9/x');
});

test('a name cannot pretend to be another one', () => {
  expect(shown(new TextEncoder().encode('evil\u202etxt.exe'))).toBe('evil\\u202etxt.exe');
  expect(shown(new TextEncoder().encode('two\nlines\u001b[0m'))).toBe('two\\x0alines\\x1b[0m');
  expect(shownPath(text('/größe/日本'))).toBe('/größe/日本');
});

test('every path survives its address', () => {
  for (const path of [root, text('/a b/%41/#?&'), text('/ü'), pathOf(latin)])
    expect(fromPercent(percentPath(path))).toEqual(path);
});
