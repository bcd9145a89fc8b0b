import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBuildInfo } from './build-info.ts';
import { isDirty, isTracked, openWorktree, readHead, type Worktree } from './git.ts';
import { ProbeError } from './probe-error.ts';

/** What this process was built from: settled when it started, whatever happens to the disk afterwards. */
export interface OwnBuild {
  readonly version: string;
  /** Empty where it is unknown. */
  readonly sha: string;
  readonly dirty: boolean;
  readonly builtAt: Date | undefined;
  readonly startedAt: Date;
  /** The clone that it was started from; its commit may have moved on since. */
  readonly worktree: Worktree | undefined;
  /** Why the commit is unknown, in one sentence. Empty where it is known. */
  readonly problem: string;
}

/** The agent's own folder. */
export const ownDirectory = fileURLToPath(new URL('..', import.meta.url));

/** Reads what the agent was built from: a `build-info.json` beside it, else the clone that it stands in. Call once, at the start. */
export async function readOwnBuild(directory: string, signal: AbortSignal): Promise<OwnBuild> {
  const version = await readVersion(directory);
  const startedAt = new Date(Date.now() - process.uptime() * 1000);
  const common = { version, startedAt, builtAt: undefined, worktree: undefined, problem: '' };
  try {
    const file = join(directory, 'build-info.json');
    if (existsSync(file)) return { ...common, ...pickBuild(await readBuildInfo(file)) };
    const worktree = await openWorktree(directory, signal);
    // An agent below node_modules stands in somebody else's repository.
    if (!(await isTracked(worktree, join(directory, 'main.ts'), signal)))
      throw new ProbeError(`${directory} is in no clone of its own.`);
    const [sha, dirty] = await Promise.all([readHead(worktree, signal), isDirty(worktree, signal)]);
    return { ...common, sha, dirty, worktree };
  } catch (error) {
    if (!(error instanceof ProbeError)) throw error;
    // A package of the whole, outside any clone: `muster build-info` has written it beside package.json.
    const packaged = join(directory, '../build-info.json');
    const baked = existsSync(packaged) ? await readBuildInfo(packaged).catch(() => undefined) : undefined;
    if (baked) return { ...common, ...pickBuild(baked) };
    return {
      ...common,
      sha: '',
      dirty: false,
      problem: `The agent carries no build-info.json, and its commit cannot be read from git: ${error.message}`,
    };
  }
}

const pickBuild = ({ sha, dirty, builtAt }: { sha: string; dirty: boolean; builtAt: Date | undefined }) => ({
  sha,
  dirty,
  builtAt,
});

async function readVersion(directory: string): Promise<string> {
  const text = await readFile(join(directory, '../package.json'), 'utf8').catch(() => '{}');
  const { version } = JSON.parse(text) as { version?: unknown }; // our own file
  return typeof version === 'string' ? version : '';
}
