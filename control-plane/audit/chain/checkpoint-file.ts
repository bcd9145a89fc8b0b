import { createReadStream } from 'node:fs';
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Checkpoint } from './checkpoint.ts';
import { fromLine, toLine } from './checkpoint-line.ts';

/** Where a replica keeps its copy of the checkpoints: outside of the database, for who can write there. */
export const checkpointDirectory = (dataDir: string): string => join(dataDir, 'audit-checkpoints');

export const checkpointFile = (directory: string, installationId: string): string =>
  join(directory, `${installationId}.jsonl`);

/** Longer than any line. */
const tailLength = 8_192;

/** Appends checkpoints that are newer than the file's last one; the file is on disk when it answers. */
export class CheckpointFile {
  readonly #handle: FileHandle;
  /** The newest checkpoint in the file. */
  readonly last: Checkpoint | undefined;

  private constructor(handle: FileHandle, last: Checkpoint | undefined) {
    this.#handle = handle;
    this.last = last;
  }

  /** Opens the file, made if need be. What a crash has left of a half-written line is cut off. */
  static async open(path: string): Promise<CheckpointFile> {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    const handle = await open(path, 'a+', 0o600);
    try {
      return new CheckpointFile(handle, await lastOf(handle));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async append(checkpoints: readonly Checkpoint[]): Promise<void> {
    if (checkpoints.length === 0) return;
    await this.#handle.appendFile(checkpoints.map((checkpoint) => `${toLine(checkpoint)}\n`).join(''));
    await this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function lastOf(handle: FileHandle): Promise<Checkpoint | undefined> {
  const { size } = await handle.stat();
  const from = Math.max(0, size - tailLength);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
  const tail = buffer.subarray(0, bytesRead).toString('latin1');
  const end = tail.lastIndexOf('\n') + 1;
  if (end < tail.length && (end > 0 || from === 0)) await handle.truncate(from + end);
  const lines = tail.slice(0, end).trimEnd().split('\n');
  return fromLine(lines.at(-1) ?? '');
}

/** The lines of a file, in its order; undefined for one that is no checkpoint. Nothing where there is no file. */
export async function* readCheckpointFile(path: string): AsyncGenerator<Checkpoint | undefined> {
  const exists = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  if (!exists) return;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    yield fromLine(text);
  }
}
