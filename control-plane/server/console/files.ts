import { createHash } from 'node:crypto';
import { open, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { OpenFile } from '../send-file.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** A file of the console. */
export interface ConsoleFile extends OpenFile {
  /** Its name changes with its content. */
  readonly immutable: boolean;
}

/** Opens a file of the folder by the path of a URL; undefined where there is none, or it lies elsewhere. */
export async function openConsoleFile(folder: string, urlPath: string): Promise<ConsoleFile | undefined> {
  const path = decoded(urlPath);
  if (path === undefined) return undefined;
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path));
    if (!file.startsWith(root + sep) || !(await stat(file)).isFile()) return undefined;
    const handle = await open(file);
    const { size, mtimeMs } = await handle.stat();
    return {
      handle,
      size,
      type: types[extname(file)] ?? 'application/octet-stream',
      etag: `"${createHash('sha256').update(`${path}\n${size}\n${mtimeMs}`).digest('base64url').slice(0, 22)}"`,
      immutable: path.startsWith('/assets/'),
    };
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ENAMETOOLONG')
    )
      return undefined;
    throw error;
  }
}

function decoded(urlPath: string): string | undefined {
  try {
    const path = decodeURIComponent(urlPath);
    return path.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}
