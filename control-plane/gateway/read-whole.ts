import type { Readable } from 'node:stream';

/** More came than may. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** Nothing came for too long. */
export class Silence extends Error {
  override readonly name = 'Silence';
}

/**
 * The chunks of a stream, which stays open when nobody wants more of them. Throws a Silence where the next one does not come
 * in time; while nobody asks for it, no time counts.
 */
export async function* chunksOf(stream: Readable, silentMs: number): AsyncGenerator<Buffer> {
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>; // no encoding is set: chunks are buffers
  try {
    for (;;) {
      const silence = Promise.withResolvers<never>();
      const timer = setTimeout(() => silence.reject(new Silence('Nothing came.')), silentMs);
      const next = await Promise.race([chunks.next(), silence.promise]).finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    void chunks.return?.().catch(() => undefined);
  }
}

/** All of a stream. Throws a TooLarge or a Silence. */
export async function readWhole(
  stream: Readable,
  { mostBytes, silentMs }: { readonly mostBytes: number; readonly silentMs: number },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(stream, silentMs)) {
    size += chunk.length;
    if (size > mostBytes) throw new TooLarge('More came than may.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
