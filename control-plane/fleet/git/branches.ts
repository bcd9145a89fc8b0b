import { type Transport, uploadPack } from './environment.ts';
import { runGit } from './run.ts';

/** Branch names without `refs/heads/`, and the commits that they point at. */
export type Branches = ReadonlyMap<string, string>;

/** A repository that may be fetched from: its address was checked. */
export interface Source {
  readonly transport: Transport;
  readonly address: string;
  /** What git needs besides, to be let in. */
  readonly environment?: NodeJS.ProcessEnv;
}

const lookTimeoutMs = 30_000;
const prefix = 'refs/heads/';

/** Asks the repository itself where its branches are. Cheap: nothing is fetched. */
export async function askBranches(source: Source, signal: AbortSignal): Promise<Branches> {
  const args = ['ls-remote', '--quiet', '--heads', `--upload-pack=${uploadPack}`, '--', source.address];
  return parseBranches(
    await runGit(args, {
      signal,
      timeoutMs: lookTimeoutMs,
      transport: source.transport,
      environment: source.environment,
    }),
    '\t',
  );
}

/** This branch where the repository has it, else the one that is checked out there, else this one nevertheless. */
export async function askHeadBranch(source: Source, preferred: string, signal: AbortSignal): Promise<string> {
  const args = [
    'ls-remote',
    '--quiet',
    '--symref',
    `--upload-pack=${uploadPack}`,
    '--',
    source.address,
    'HEAD',
    prefix + preferred,
  ];
  const answer = await runGit(args, {
    signal,
    timeoutMs: lookTimeoutMs,
    transport: source.transport,
    environment: source.environment,
  });
  if (answer.includes(`\t${prefix}${preferred}\n`)) return preferred;
  return /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(answer)?.[1] ?? preferred;
}

/** Where the branches of a bare repository on this machine are. */
export async function readBranches(directory: string, signal: AbortSignal): Promise<Branches> {
  const args = [`--git-dir=${directory}`, 'for-each-ref', '--format=%(objectname) %(refname)', prefix];
  return parseBranches(await runGit(args, { signal, timeoutMs: lookTimeoutMs }), ' ');
}

function parseBranches(text: string, separator: string): Branches {
  const lines = text.split('\n').map((line) => line.split(separator));
  return new Map(
    lines.flatMap(([sha, ref]) => (sha && ref?.startsWith(prefix) ? [[ref.slice(prefix.length), sha] as const] : [])),
  );
}

export function sameBranches(one: Branches, other: Branches): boolean {
  return one.size === other.size && [...one].every(([name, sha]) => other.get(name) === sha);
}
