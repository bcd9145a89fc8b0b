import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DigestMismatch, directoryStore, TooLarge } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-store-'));
afterAll(() => rmSync(directory, { recursive: true }));
const store = directoryStore(join(directory, 'layers'));

const content = Buffer.from('some bytes of a layer');
const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
async function* of(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
async function read(offset: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(digest, offset)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('a layer comes in pieces, also where the way breaks, and is there only when it is whole', async () => {
  expect(await store.list()).toEqual([]);
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield content.subarray(0, 5);
    throw new Error('the connection broke');
  }
  await expect(store.append(digest, broken())).rejects.toThrow('broke');
  expect([await store.size(digest), await store.received(digest)]).toEqual([undefined, 5]);
  await directoryStore(join(directory, 'layers')).append(digest, of(content.subarray(5)));
  expect(await store.complete(digest)).toBe(content.length);
  expect([await store.size(digest), await store.received(digest)]).toEqual([content.length, 0]);
  expect([await read(0), await read(5)]).toEqual([content.toString(), content.subarray(5).toString()]);
  expect(await store.list()).toEqual([digest]);
  await store.remove(digest);
  await store.remove(digest);
  expect(await store.list()).toEqual([]);
});

test('what is not what its digest says is forgotten', async () => {
  await store.append(digest, of(Buffer.from('something else')));
  await expect(store.complete(digest)).rejects.toBeInstanceOf(DigestMismatch);
  expect(await store.received(digest)).toBe(0);
});

test('something of unknown digest is kept under its own, up to a size', async () => {
  expect(await store.put(of(content), 100)).toEqual({ digest, sizeBytes: content.length });
  await expect(store.put(of(content, content), 30)).rejects.toBeInstanceOf(TooLarge);
  expect(await readdir(join(directory, 'layers'))).toEqual([digest.slice(7)]);
  await expect(store.size('../../etc/passwd')).rejects.toThrow('not the digest');
});
