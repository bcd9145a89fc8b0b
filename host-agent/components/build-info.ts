import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { ProbeError } from './probe-error.ts';

const schema = z.object({
  sha: z.string('lacks "sha"').max(100, 'has a "sha" that is none'),
  dirty: z.boolean('has a "dirty" that is neither true nor false').default(false),
  built_at: z.iso
    .datetime({ offset: true, error: 'has a "built_at" that is no time such as 2026-01-31T12:00:00Z' })
    .optional(),
  started_at: z.iso
    .datetime({ offset: true, error: 'has a "started_at" that is no time such as 2026-01-31T12:00:00Z' })
    .optional(),
});

/** What a build wrote about itself. */
export interface BuildInfo {
  readonly sha: string;
  readonly dirty: boolean;
  readonly builtAt: Date | undefined;
  /** When the process that says so was started, where it says that, too. */
  readonly startedAt: Date | undefined;
}

/** A build-info file. */
export interface BuildInfoFile extends BuildInfo {
  /** When what is in it was written, as the file itself says: a copy may bring along the time of its original. */
  readonly writtenAt: Date;
  /** When the file was last changed in any way, which nothing can set. */
  readonly changedAt: Date;
}

const mostBytes = 64 * 1024;

/** Reads a build-info file: JSON with `sha`, and perhaps `dirty` and `built_at`. Throws ProbeError. */
export async function readBuildInfo(path: string): Promise<BuildInfoFile> {
  const { text, writtenAt, changedAt } = await readSmallFile(path);
  return { ...parseBuildInfo(text, path), writtenAt, changedAt };
}

/** Reads what a build or a process says of itself; `source` is who said it. Throws ProbeError. */
export function parseBuildInfo(text: string, source: string): BuildInfo {
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch {
    throw new ProbeError(`What ${source} says is not JSON.`);
  }
  const result = schema.safeParse(plain);
  if (!result.success) throw new ProbeError(`What ${source} says ${result.error.issues[0]!.message}.`); // a failed parse has at least one
  const { sha, dirty, built_at: builtAt, started_at: startedAt } = result.data;
  return { sha, dirty, builtAt: toDate(builtAt), startedAt: toDate(startedAt) };
}

const toDate = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

async function readSmallFile(path: string): Promise<{ text: string; writtenAt: Date; changedAt: Date }> {
  try {
    // A named pipe in its place must not hold the agent up.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new ProbeError(`${path} is not a file.`);
      if (stat.size > mostBytes) throw new ProbeError(`${path} is larger than 64 KiB.`);
      return { text: await file.readFile('utf8'), writtenAt: stat.mtime, changedAt: stat.ctime };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof ProbeError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw new ProbeError(
      code === 'ENOENT' ? `${path} does not exist.` : `${path} cannot be read (${String(code ?? error)}).`,
    );
  }
}
