/**
 * An absolute path in a sandbox, as the contract carries it: names on Linux are bytes, so one that is not valid UTF-8 is
 * kept as bytes.
 */
export type FilePath =
  | { readonly case: 'path'; readonly value: string }
  | { readonly case: 'rawPath'; readonly value: Uint8Array<ArrayBuffer> };

export const root: FilePath = { case: 'path', value: '/' };

const slash = 0x2f;

/** A path of these bytes: text where they are. */
export function pathOf(bytes: Uint8Array<ArrayBuffer>): FilePath {
  try {
    return { case: 'path', value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { case: 'rawPath', value: bytes };
  }
}

export const bytesOf = (path: FilePath): Uint8Array<ArrayBuffer> =>
  path.case === 'path' ? new TextEncoder().encode(path.value) : path.value;

/** The names on the way, each with the path that leads to it; the root first. */
export function crumbs(path: FilePath): readonly { readonly name: string; readonly path: FilePath }[] {
  const bytes = bytesOf(path);
  const found = [{ name: '/', path: root }];
  let start = 1;
  for (let at = 1; at <= bytes.length; at += 1) {
    if (at < bytes.length && bytes[at] !== slash) continue;
    if (at > start) found.push({ name: shown(bytes.slice(start, at)), path: pathOf(bytes.slice(0, at)) });
    start = at + 1;
  }
  return found;
}

/** The last name of a path, as it is shown. */
export const nameOf = (path: FilePath): string => crumbs(path).at(-1)?.name ?? '/';

/** Where it lies. The root lies in itself. */
export const parentOf = (path: FilePath): FilePath => crumbs(path).at(-2)?.path ?? root;

/** What lies in a directory under this name. */
export function childOf(directory: FilePath, name: string): FilePath {
  const before = bytesOf(directory);
  const after = new TextEncoder().encode(name);
  const between = before.at(-1) === slash ? 0 : 1;
  const whole = new Uint8Array(before.length + between + after.length);
  whole.set(before);
  if (between === 1) whole[before.length] = slash;
  whole.set(after, before.length + between);
  return pathOf(whole);
}

/** A path or name for people: bytes that are no text, and letters that would hide or turn others, stand as `\xff` and `\u202e`. */
export function shown(bytes: Uint8Array<ArrayBuffer>): string {
  const path = pathOf(bytes);
  if (path.case === 'path') return visible(path.value);
  return Array.from(bytes, (byte) =>
    byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte),
  ).join('');
}

/** The whole path for people. */
export const shownPath = (path: FilePath): string => shown(bytesOf(path));

const visible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, (letter) => {
    const code = letter.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });

const unreserved = /[A-Za-z0-9._~/-]/;

/** A path as addresses carry it: each byte that is no plain letter as %XX. Equal paths have equal ones. */
export const percentPath = (path: FilePath): string =>
  Array.from(bytesOf(path), (byte) => {
    const letter = String.fromCharCode(byte);
    return unreserved.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');

/** Reads what `percentPath` has written. */
export function fromPercent(text: string): FilePath {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const digits = /^%([0-9A-Fa-f]{2})/.exec(text.slice(at, at + 3))?.[1];
    if (digits === undefined) bytes.push(...new TextEncoder().encode(text.charAt(at)));
    else {
      bytes.push(Number.parseInt(digits, 16));
      at += 2;
    }
  }
  return pathOf(Uint8Array.from(bytes));
}
