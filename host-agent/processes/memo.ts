import { z } from 'zod';
import { maxMemo } from '../init/index.ts';

/** What the agent wants to know of a process even after its own restart; the init keeps it. */
const memoSchema = z.object({
  argv: z.array(z.string()),
  name: z.string(),
  user: z.string(),
  cwd: z.string(),
  /** When it was started, in milliseconds. */
  at: z.number().min(0).max(8.64e15),
});
export type Memo = z.infer<typeof memoSchema>;

/** In bytes, with long texts cut until it fits. */
export function encodeMemo(memo: Memo): Uint8Array {
  for (let most = 500; ; most = Math.floor(most / 2)) {
    const short = { ...memo, argv: cutAll(memo.argv, most), cwd: cut(memo.cwd, Math.ceil(most / 3)) };
    const bytes = Buffer.from(JSON.stringify(short));
    if (bytes.length <= maxMemo) return bytes;
  }
}

/** Whatever the init gives back. */
export function decodeMemo(bytes: Uint8Array): Memo {
  try {
    return memoSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return { argv: [], name: '', user: '', cwd: '', at: 0 };
  }
}

function cutAll(texts: readonly string[], most: number): string[] {
  const kept: string[] = [];
  let rest = most;
  for (const text of texts) {
    if (rest <= 0) break;
    kept.push(cut(text, rest));
    rest -= Buffer.byteLength(text) + 1;
  }
  return kept;
}

/** Whole characters of at most so many bytes, and a mark where something is missing. */
function cut(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  let short = '';
  for (const character of text) {
    if (Buffer.byteLength(short) + Buffer.byteLength(character) > most) break;
    short += character;
  }
  return `${short}…`;
}
