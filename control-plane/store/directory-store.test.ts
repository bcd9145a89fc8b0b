import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
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

/** Where it was told to begin, and the rest from there. */
function from(source: Buffer, offsets: number[] = []) {
  return async function* (offset: number): AsyncGenerator<Uint8Array> {
    offsets.push(offset);
    yield source.subarray(offset);
  };
}
async function* broken(): AsyncGenerator<Uint8Array> {
  yield content.subarray(0, 5);
  throw new Error('the connection broke');
}

test('a layer comes in pieces, also where the way breaks, and is there only when it is whole', async () => {
  expect(await store.list()).toEqual([]);
  await expect(store.take(digest, broken)).rejects.toThrow('broke');
  expect(await store.size(digest)).toBeUndefined();
  const offsets: number[] = [];
  expect(await directoryStore(join(directory, 'layers')).take(digest, from(content, offsets))).toBe(content.length);
  expect(offsets).toEqual([5]);
  expect(await store.size(digest)).toBe(content.length);
  expect([await read(0), await read(5)]).toEqual([content.toString(), content.subarray(5).toString()]);
  expect(await store.list()).toEqual([digest]);
  await store.remove(digest);
  await store.remove(digest);
  expect(await store.list()).toEqual([]);
});

test('what is not what its digest says is forgotten', async () => {
  await expect(store.take(digest, from(Buffer.from('something else')))).rejects.toBeInstanceOf(DigestMismatch);
  expect(await readdir(join(directory, 'layers'))).toEqual([]);
});

test('two that take in the same layer at once into one directory do not disturb each other', async () => {
  await expect(store.take(digest, broken)).rejects.toThrow('broke');
  const bothBegun = Promise.withResolvers<void>();
  const offsets: number[] = [];
  const slowly = async function* (offset: number): AsyncGenerator<Uint8Array> {
    offsets.push(offset);
    yield content.subarray(offset, offset + 3);
    if (offsets.length === 2) bothBegun.resolve();
    await bothBegun.promise;
    yield content.subarray(offset + 3);
  };
  const other = directoryStore(join(directory, 'layers'));
  expect(await Promise.all([store.take(digest, slowly), other.take(digest, slowly)])).toEqual(
    Array(2).fill(content.length),
  );
  expect(offsets.sort((one, other) => one - other)).toEqual([0, 5]);
  expect(await readdir(join(directory, 'layers'))).toEqual([digest.slice(7)]);
  await store.remove(digest);
});

test('what somebody who died has left is gone on with after a while, and forgotten after a day', async () => {
  const [hex, minutesAgo] = [digest.slice(7), (minutes: number) => new Date(Date.now() - minutes * 60_000)];
  const left = join(directory, 'layers', `${hex}.another-machine.1.left.coming`);
  writeFileSync(left, content.subarray(0, 4));
  utimesSync(left, minutesAgo(1), minutesAgo(1));
  const offsets: number[] = [];
  await store.take(digest, from(content, offsets));
  utimesSync(left, minutesAgo(11), minutesAgo(11));
  await store.take(digest, from(content, offsets));
  expect(offsets).toEqual([0, 4]);
  // Of this machine it is known at once.
  const { pid } = spawnSync('true');
  writeFileSync(
    join(directory, 'layers', `${hex}.${hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')}.${pid}.left.coming`),
    content.subarray(0, 7),
  );
  await store.take(digest, from(content, offsets));
  expect(offsets).toEqual([0, 4, 7]);
  await store.remove(digest);
  for (const [name, minutes] of Object.entries({ 'a.new': 60, 'b.new': 1500, 'c.part': 1500, 'd.coming': 1500 })) {
    writeFileSync(join(directory, 'layers', name), '');
    utimesSync(join(directory, 'layers', name), minutesAgo(minutes), minutesAgo(minutes));
  }
  await store.sweep();
  expect(await readdir(join(directory, 'layers'))).toEqual(['a.new']);
  rmSync(join(directory, 'layers', 'a.new'));
});

test('something of unknown digest is kept under its own, up to a size', async () => {
  expect(await store.put(of(content), 100)).toEqual({ digest, sizeBytes: content.length });
  await expect(store.put(of(content, content), 30)).rejects.toBeInstanceOf(TooLarge);
  expect(await readdir(join(directory, 'layers'))).toEqual([digest.slice(7)]);
  await expect(store.size('../../etc/passwd')).rejects.toThrow('not the digest');
});
