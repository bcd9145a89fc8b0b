/** A file may be so large to be edited; the server puts no more in place in one call. */
export const editableBytes = 1_048_576;

export type ReadText =
  | { readonly kind: 'text'; readonly text: string; readonly lineEnd: '\n' | '\r\n' }
  /** Text that a text field would change by itself. */
  | { readonly kind: 'mixed'; readonly text: string }
  | { readonly kind: 'binary' };

/** What a file's bytes are to somebody who wants to edit them. */
export function readText(bytes: Uint8Array): ReadText {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { kind: 'binary' };
  }
  if (text.includes('\0')) return { kind: 'binary' };
  if (!text.includes('\r')) return { kind: 'text', text, lineEnd: '\n' };
  // A text field knows one line end; what has another one, and only that, gets it back when it is saved.
  const plain = text.replaceAll('\r\n', '\n');
  if (plain.includes('\r') || text.replaceAll('\r\n', '').includes('\n')) return { kind: 'mixed', text };
  return { kind: 'text', text: plain, lineEnd: '\r\n' };
}

/** The bytes of an edited text. */
export const writeText = (text: string, lineEnd: '\n' | '\r\n'): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(lineEnd === '\n' ? text : text.replaceAll('\n', lineEnd));
