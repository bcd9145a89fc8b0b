import { renameSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces a file so that a crash leaves the old content or the new one, and that the new one stays once this has resolved. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  await withFile(next, 'w', async (file) => {
    await file.writeFile(text);
    await file.datasync();
  });
  await rename(next, path);
  await syncDirectory(dirname(path));
}

/**
 * Replaces a file so that another process finds the old content or the new one; what the machine's end leaves is open.
 * It goes to the machine's memory alone, so it is done at once: handing it to a thread and back takes longer.
 */
export function writeWhole(path: string, text: string): void {
  const next = `${path}.next`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
}

/** Makes a file that is there stay, with its name. */
export async function syncFile(path: string): Promise<void> {
  await withFile(path, 'r', (file) => file.datasync());
  await syncDirectory(dirname(path));
}

/** Adds a line to a file; it stays once this has resolved. */
export async function appendDurably(path: string, line: string): Promise<void> {
  await withFile(path, 'a', async (file) => {
    await file.writeFile(`${line}\n`);
    await file.datasync();
  });
}

/** Makes what was created, renamed or removed in a directory stay. */
export async function syncDirectory(path: string): Promise<void> {
  await withFile(path, 'r', (directory) => directory.sync());
}

async function withFile(path: string, flags: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
