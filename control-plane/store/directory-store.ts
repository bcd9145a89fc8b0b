import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DigestMismatch, type LayerStore } from './layer-store.ts';

const readAtOnce = 256 * 1024;

/** Something is larger than it may be. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** Nobody writes it any more: whoever did has died, on whatever machine. */
const leftOffMs = 120_000;
const forgottenMs = 86_400_000;

/**
 * A directory, which all replicas of an installation share: a file for each layer. `HEX.….coming` is one that is being
 * written, by one writer alone; `HEX.part` is what one of them has left off, and the first to rename it goes on with it.
 */
export function directoryStore(directory: string): LayerStore {
  const pathOf = (digest: string) => join(directory, hexOf(digest));
  const partOf = (digest: string) => `${pathOf(digest)}.part`;
  const prepared = () => mkdir(directory, { recursive: true, mode: 0o700 });
  const namesOf = async () => readdir(directory).catch(ifMissing<string[]>([]));

  /** What was begun of a layer and nobody writes now. `isOver`: nobody can go on with it, however late. */
  const leftOff = async (digest: string): Promise<{ path: string; isOver: boolean }[]> => {
    const all = (await namesOf()).filter((name) => name.startsWith(`${hexOf(digest)}.`) && name.endsWith('.coming'));
    const left = await Promise.all(
      all.map(async (name) => {
        const path = join(directory, name);
        const isOver = hasDied(name);
        return isOver || (await ageOf(path)) > leftOffMs ? [{ path, isOver }] : [];
      }),
    );
    return [{ path: partOf(digest), isOver: true }, ...left.flat()];
  };

  return {
    size: async (digest) => sizeOf(pathOf(digest)),
    async take(digest, from) {
      await prepared();
      const coming = `${pathOf(digest)}.${writer()}.coming`;
      for (const { path, isOver } of await leftOff(digest)) {
        // Whoever was only slow may still write to that file, also after ours was compared: we go on with a copy.
        const taken = isOver ? rename(path, coming) : copyFile(path, coming).then(() => rm(path, { force: true }));
        const isOurs = await taken.then(() => true, ifMissing(false));
        if (isOurs) break;
      }
      try {
        await write(coming, 'a', from((await sizeOf(coming)) ?? 0));
      } catch (error) {
        await rename(coming, partOf(digest)).catch(ifMissing(undefined));
        throw error;
      }
      if ((await digestOf(coming)) !== digest) {
        await rm(coming, { force: true });
        throw new DigestMismatch(`What came is not ${digest}; it is fetched anew.`);
      }
      const { size } = await stat(coming);
      await rename(coming, pathOf(digest));
      await syncDirectory(directory);
      return size;
    },
    read: (digest, offset) => createReadStream(pathOf(digest), { start: offset, highWaterMark: readAtOnce }),
    async put(chunks, mostBytes) {
      await prepared();
      const path = join(directory, `${randomUUID()}.new`);
      try {
        await write(path, 'wx', upTo(chunks, mostBytes));
        const [digest, { size: sizeBytes }] = await Promise.all([digestOf(path), stat(path)]);
        await rename(path, pathOf(digest));
        await syncDirectory(directory);
        return { digest, sizeBytes };
      } finally {
        await rm(path, { force: true });
      }
    },
    async remove(digest) {
      const names = (await namesOf()).filter((name) => name === hexOf(digest) || name.startsWith(`${hexOf(digest)}.`));
      await Promise.all(names.map((name) => rm(join(directory, name), { force: true })));
    },
    async sweep() {
      const begun = (await namesOf()).filter((name) => /\.(part|coming|new)$/.test(name));
      for (const path of begun.map((name) => join(directory, name)))
        if ((await ageOf(path)) > forgottenMs) await rm(path, { force: true });
    },
    async list() {
      return (await namesOf()).filter((name) => /^[0-9a-f]{64}$/.test(name)).map((hex) => `sha256:${hex}`);
    },
  };
}

/** What has been written stays, also where the chunks break off. */
async function write(path: string, flags: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    for await (const chunk of chunks) await file.appendFile(chunk);
  } finally {
    await file.datasync();
    await file.close();
  }
}

async function* upTo(chunks: AsyncIterable<Uint8Array>, mostBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new TooLarge(`It is larger than ${mostBytes} bytes.`);
    yield chunk;
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const machine = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');

/** Says in a file's name who writes it: `MACHINE.PID.…`. */
const writer = (): string => `${machine}.${process.pid}.${randomUUID()}`;

/** Whether the writer of such a file was a process of this machine that has ended. */
function hasDied(name: string): boolean {
  const [, on, pid] = /^[0-9a-f]+\.([A-Za-z0-9-]+)\.(\d+)\./.exec(name) ?? [];
  if (on !== machine) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'; // Node throws nothing else here
  }
}

/** Since it was written last, in milliseconds; 0 for what is not there. */
const ageOf = (path: string): Promise<number> => stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs, ifMissing(0));

const sizeOf = (path: string): Promise<number | undefined> => stat(path).then(({ size }) => size, ifMissing(undefined));

function ifMissing<Value>(value: Value): (error: NodeJS.ErrnoException) => Value {
  return (error) => {
    if (error.code === 'ENOENT') return value;
    throw error;
  };
}

/** Nothing else becomes a path. */
function hexOf(digest: string): string {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  if (!hex) throw new Error(`${digest} is not the digest of a layer.`);
  return hex;
}
