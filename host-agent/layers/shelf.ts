import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { packRoot, packTree, packVolume, unpackArchive, type Archive } from './archive.ts';
import { openBench, type Bench } from './bench.ts';
import { BadLayer, checkLayer } from './check.ts';
import { chunksFrom } from './chunks.ts';
import { digestOf } from './digest.ts';

const madeRecord = z.object({ digest: z.string(), sizeBytes: z.int().min(0) });

/** Where a layer's bytes come from, and how far it is. */
export interface LayerState {
  readonly ready: boolean;
  readonly receivedBytes: number;
}

/** Something that is not here. */
export class NoSuchLayer extends Error {
  override readonly name = 'NoSuchLayer';
}

/** A transfer begins elsewhere than where the last one was left off. */
export class WrongOffset extends Error {
  override readonly name = 'WrongOffset';
}

/**
 * The layers of a data directory by their digests: `HEX.tar` an archive that was made here or has come whole, `HEX.part`
 * one that is coming, `HEX/root` what sandboxes stand on. Names appear only when what they name is whole.
 */
export class LayerShelf {
  readonly #directory: string;
  readonly #checkProgram: () => Promise<string>;
  /** Ready, or archives. */
  readonly #here: Set<string>;
  readonly #preparing = new Map<string, Promise<void>>();
  readonly #receiving = new Set<string>();

  private constructor(directory: string, checkProgram: () => Promise<string>, here: Set<string>) {
    this.#directory = directory;
    this.#checkProgram = checkProgram;
    this.#here = here;
  }

  /** `checkProgram` answers the compiled program, when it is first needed. */
  static async open(directory: string, program: () => Promise<string>): Promise<LayerShelf> {
    for (const name of ['', 'made', 'work', 'jail', 'place'])
      await mkdir(join(directory, name), { recursive: true, mode: 0o700 });
    const work = join(directory, 'work');
    for (const name of await readdir(work)) await rm(join(work, name), { recursive: true, force: true }); // of a crash
    const names = await readdir(directory);
    const here = names.flatMap((name) => /^([0-9a-f]{64})(\.tar)?$/.exec(name)?.[1] ?? []);
    return new LayerShelf(directory, program, new Set(here.map((hex) => `sha256:${hex}`)));
  }

  /** Digests of all that is here whole. */
  get digests(): string[] {
    return [...this.#here];
  }

  has(digest: string): boolean {
    return this.#here.has(digest);
  }

  /** Archives a sandbox's volume as a layer; `onRead` when it is not read any more. Idempotent by the snapshot's id. */
  async make(
    snapshotId: string,
    volume: { readonly source: string; readonly inUse: boolean },
    onRead: () => Promise<void>,
  ): Promise<Archive> {
    const earlier = await this.#madeBefore(snapshotId);
    if (earlier) return earlier;
    const work = join(this.#directory, 'work', snapshotId);
    const place = join(this.#directory, 'place');
    try {
      const archive = await packVolume({ ...volume, place }, work, onRead);
      await rename(work, this.#path(archive.digest, '.tar'));
      await writeFile(this.#madePath(snapshotId), JSON.stringify(archive), { mode: 0o600 });
      this.#here.add(archive.digest);
      return archive;
    } finally {
      await rm(work, { force: true });
    }
  }

  /** Takes in a root that was built at a bench, as any other host will have it: without attributes, devices and times. Throws LargerThan. */
  async makeFromTree(
    name: string,
    root: string,
    bench: { readonly enter: readonly string[]; readonly mostMib: number },
  ): Promise<string> {
    const work = join(this.#directory, 'work', name);
    try {
      const { digest } = await packRoot(root, work, bench);
      await rename(work, this.#path(digest, '.tar'));
      this.#here.add(digest);
      await this.rootOf(digest);
      return digest;
    } finally {
      await rm(work, { force: true });
    }
  }

  /** Does work in an empty directory of its own, with a bench of so many MiB; both are gone afterwards. */
  async inWorkshop<Result>(
    name: string,
    sizeMib: number,
    build: (workshop: { readonly work: string; readonly jail: string; readonly bench: Bench }) => Promise<Result>,
  ): Promise<Result> {
    const work = join(this.#directory, 'work', `${name}.build`);
    const place = join(work, 'bench');
    await mkdir(place, { recursive: true, mode: 0o700 });
    try {
      const bench = await openBench({ file: join(work, 'volume'), place, sizeMib });
      try {
        return await build({ work, jail: join(this.#directory, 'jail'), bench });
      } finally {
        await bench.close();
      }
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  /** MiB of the disk that nobody has taken yet. */
  async freeMib(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#directory);
    return Math.floor((bavail * bsize) / 1024 ** 2);
  }

  /** The root of a layer, unpacked where it was not yet. Throws NoSuchLayer, BadLayer. */
  async rootOf(digest: string): Promise<string> {
    const path = this.#path(digest);
    if (!(await exists(path))) await this.#prepare(digest);
    return join(path, 'root');
  }

  /** Makes what is here ready, and says how far the rest is. Throws BadLayer. */
  async prepare(digest: string): Promise<LayerState> {
    if (this.#here.has(digest)) {
      await this.rootOf(digest);
      return { ready: true, receivedBytes: 0 };
    }
    return { ready: false, receivedBytes: await sizeOf(this.#path(digest, '.part')) };
  }

  /** Its archive, from an offset on. Throws NoSuchLayer. */
  async *read(digest: string, offset: number): AsyncGenerator<Uint8Array> {
    const archive = this.#path(digest, '.tar');
    if (await exists(archive)) yield* createReadStream(archive, { start: offset, highWaterMark: 256 * 1024 });
    else throw new NoSuchLayer(`The archive of ${digest} is not here.`);
  }

  /** Receives an archive from where it was left off. Throws WrongOffset, BadLayer. What came stays where the chunks break off. */
  async receive(
    { digest, sizeBytes, offset }: { digest: string; sizeBytes: number; offset: number },
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<LayerState> {
    if (this.#here.has(digest)) return { ready: true, receivedBytes: 0 };
    if (this.#receiving.has(digest)) throw new WrongOffset('This layer is being received already.');
    this.#receiving.add(digest);
    try {
      const receivedBytes = await this.#append(this.#path(digest, '.part'), sizeBytes, offset, chunks);
      if (receivedBytes < sizeBytes) return { ready: false, receivedBytes };
      await this.#complete(digest);
      return { ready: true, receivedBytes };
    } finally {
      this.#receiving.delete(digest);
    }
  }

  /** Removes a layer and all of it that came. Idempotent. */
  async remove(digest: string): Promise<void> {
    this.#here.delete(digest);
    const doomed = join(this.#directory, 'work', `${hexOf(digest)}.doomed`);
    await rm(doomed, { recursive: true, force: true });
    await rename(this.#path(digest), doomed).catch(ignoreMissing);
    await Promise.all([
      rm(doomed, { recursive: true, force: true }),
      rm(this.#path(digest, '.tar'), { force: true }),
      rm(this.#path(digest, '.part'), { force: true }),
    ]);
    for (const name of await readdir(join(this.#directory, 'made'))) {
      const path = join(this.#directory, 'made', name);
      if ((await readMade(path))?.digest === digest) await rm(path, { force: true });
    }
  }

  async #append(path: string, sizeBytes: number, offset: number, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const file = await open(path, 'a', 0o600);
    try {
      let at = (await file.stat()).size;
      if (at !== offset) throw new WrongOffset(`It was left off at ${at}, not at ${offset}.`);
      for await (const chunk of chunks) {
        at += chunk.length;
        if (at > sizeBytes) throw new BadLayer('More bytes came than were announced.');
        await file.appendFile(chunk);
      }
      await file.datasync();
      return at;
    } finally {
      await file.close();
    }
  }

  async #complete(digest: string): Promise<void> {
    const part = this.#path(digest, '.part');
    const file = await open(part);
    const came = await digestOf(file).finally(() => file.close());
    if (came !== digest) {
      await rm(part, { force: true });
      throw new BadLayer('What came is not what its digest says: it is fetched anew.');
    }
    try {
      await this.#unpack(digest, part);
    } finally {
      // Unpacked, the store keeps the archive; refused, nobody wants it.
      await rm(part, { force: true });
    }
    this.#here.add(digest);
  }

  /** Once, however many ask. */
  #prepare(digest: string): Promise<void> {
    let preparing = this.#preparing.get(digest);
    if (!preparing) {
      preparing = this.#unpackOwn(digest).finally(() => this.#preparing.delete(digest));
      this.#preparing.set(digest, preparing);
    }
    return preparing;
  }

  async #unpackOwn(digest: string): Promise<void> {
    const archive = this.#path(digest, '.tar');
    if (!(await exists(archive))) throw new NoSuchLayer(`The layer ${digest} is not here.`);
    await this.#unpack(digest, archive);
  }

  async #unpack(digest: string, archive: string): Promise<void> {
    const work = join(this.#directory, 'work', hexOf(digest));
    await rm(work, { recursive: true, force: true });
    await mkdir(join(work, 'root'), { recursive: true, mode: 0o755 });
    try {
      await unpackArchive(archive, join(work, 'root'), join(this.#directory, 'jail'));
      await checkLayer(await this.#checkProgram(), join(work, 'root'));
      await rename(work, this.#path(digest));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  #madeBefore(snapshotId: string): Promise<Archive | undefined> {
    return readMade(this.#madePath(snapshotId));
  }

  #madePath(snapshotId: string): string {
    return join(this.#directory, 'made', `${snapshotId}.json`);
  }

  #path(digest: string, ending = ''): string {
    return join(this.#directory, `${hexOf(digest)}${ending}`);
  }
}

/** The archive of a directory that was built here, from an offset on. */
export async function* readTree(root: string, offset: number): AsyncGenerator<Uint8Array> {
  const { stream, ended } = packTree(root);
  ended.catch(() => undefined); // told below, or nobody listens any more
  try {
    yield* chunksFrom(stream, offset);
    await ended;
  } finally {
    stream.destroy();
  }
}

async function readMade(path: string): Promise<Archive | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  try {
    return text === undefined ? undefined : madeRecord.parse(JSON.parse(text));
  } catch {
    return undefined; // torn by a crash: it is made anew
  }
}

/** Digests are checked by the contract: nothing else becomes a path. */
function hexOf(digest: string): string {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  if (!hex) throw new NoSuchLayer('That is not the digest of a layer.');
  return hex;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
