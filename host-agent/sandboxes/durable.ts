import { closeSync, fdatasync, fsync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/*
 * What goes to the machine's memory alone is done at once: handing it to a thread and back takes longer. Only the disk is
 * waited for.
 */
const synced = promisify(fsync);
const dataSynced = promisify(fdatasync);

/** Replaces a file so that a crash leaves the old content or the new one, and that the new one stays once this has resolved. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  await withFile(next, 'w', (file) => {
    writeFileSync(file, text);
    return dataSynced(file);
  });
  renameSync(next, path);
  await syncDirectory(dirname(path));
}

/** Replaces a file so that another process finds the old content or the new one; what the machine's end leaves is open. */
export function writeWhole(path: string, text: string): void {
  const next = `${path}.next`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
}

/** Makes a file that is there stay, with its name. */
export async function syncFile(path: string): Promise<void> {
  await withFile(path, 'r', dataSynced);
  await syncDirectory(dirname(path));
}

/** Adds a line to a file; it stays once this has resolved. */
export async function appendDurably(path: string, line: string): Promise<void> {
  await withFile(path, 'a', (file) => {
    writeFileSync(file, `${line}\n`);
    return dataSynced(file);
  });
}

/** Makes what was created, renamed or removed in a directory stay. */
export async function syncDirectory(path: string): Promise<void> {
  await withFile(path, 'r', synced);
}

async function withFile(path: string, flags: string, work: (file: number) => Promise<void>): Promise<void> {
  const file = openSync(path, flags, 0o600);
  try {
    await work(file);
  } finally {
    closeSync(file);
  }
}
