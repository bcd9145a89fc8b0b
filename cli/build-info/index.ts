import { realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';
import { readTree } from './tree.ts';

interface BuildInfoOptions {
  readonly out: string;
  readonly commit?: string;
  readonly strict: boolean;
}

/** `muster build-info`: works on its own, without a control plane. */
export function buildInfoCommand(program: Command, surroundings: Surroundings): void {
  program
    .command('build-info [directory]')
    .description('write the file by which a program knows the commit that it was built from')
    .option('--out <file>', 'the file to write; - prints it', 'build-info.json')
    .option('--commit <sha>', 'the full commit id, where the build has no git (it counts as clean)', fullCommit)
    .option('--strict', 'refuse a build from a tree with changes, or of an unknown commit', false)
    .action((directory: string | undefined, options: BuildInfoOptions) =>
      writeBuildInfo(surroundings, directory ?? '.', options),
    );
}

async function writeBuildInfo(
  { stdout, stderr, signal }: Surroundings,
  directory: string,
  { out, commit, strict }: BuildInfoOptions,
): Promise<void> {
  const file = resolve(out);
  // As git names it: temporary folders and homes may lie behind symbolic links.
  const folder = await realpath(dirname(file)).catch(() => dirname(file));
  const tree = commit
    ? { sha: commit, dirty: false, problem: '' }
    : await readTree(resolve(directory), join(folder, basename(file)), signal);
  const concern = tree.problem
    ? `The commit is unknown: ${tree.problem}. Build in a clone, or pass --commit.`
    : tree.dirty
      ? `The tree has changes that are in no commit: what is built is not ${tree.sha.slice(0, 12)}.`
      : '';
  if (strict && concern) throw new CliError(concern, exitCodes.failure);
  if (concern) stderr.write(`${concern}\n`);
  const info = { sha: tree.sha, dirty: tree.dirty, built_at: new Date().toISOString() };
  const text = `${JSON.stringify(info, undefined, 2)}\n`;
  if (out === '-') stdout.write(text);
  else await replaceFile(file, text);
}

/** Whole or not at all: a probe may read it at any moment. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`${file} cannot be written: ${why}.`, exitCodes.failure, { cause: error });
  }
}

function fullCommit(text: string): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a full commit id, as git rev-parse HEAD prints it.');
}
