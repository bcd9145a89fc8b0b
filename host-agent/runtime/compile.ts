import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A program in C that is made on the machine it runs on. */
export interface Program {
  readonly name: string;
  /** Directory of its `.c` and `.h` files, ending with a slash. */
  readonly sources: URL;
  readonly flags: readonly string[];
}

/** No compiler, or it failed; the message says what to do. */
export class CannotCompile extends Error {
  override readonly name = 'CannotCompile';
}

const compilers = ['cc', 'gcc', 'clang'];

/**
 * Answers the path of the compiled program. It is compiled once for each content of its sources and kept in the cache;
 * several agents may do so at once.
 */
export async function compileProgram(program: Program, cacheDir: string): Promise<string> {
  const directory = fileURLToPath(program.sources);
  const names = (await readdir(directory)).filter((name) => /\.[ch]$/.test(name)).sort();
  const target = join(cacheDir, 'programs', `${program.name}-${await fingerprint(program, directory, names)}`);
  if (await exists(target)) return target;
  await mkdir(join(cacheDir, 'programs'), { recursive: true });
  const workshop = await mkdtemp(`${target}.`);
  try {
    const made = join(workshop, program.name);
    await compile([
      ...program.flags,
      '-o',
      made,
      ...names.filter((name) => name.endsWith('.c')).map((name) => join(directory, name)),
    ]);
    await chmod(made, 0o755);
    await rename(made, target);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return target;
}

async function fingerprint(program: Program, directory: string, names: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([process.arch, program.flags]));
  for (const name of names) hash.update(`\0${name}\0`).update(await readFile(join(directory, name)));
  return hash.digest('hex').slice(0, 16);
}

async function compile(args: readonly string[]): Promise<void> {
  for (const compiler of compilers) {
    try {
      await promisify(execFile)(compiler, args);
      return;
    } catch (error) {
      if (isMissing(error)) continue;
      const said =
        error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n')[0] : String(error);
      throw new CannotCompile(
        `The C compiler failed; install gcc and libc6-dev (apt-get install gcc libc6-dev): ${said}`,
        { cause: error },
      );
    }
  }
  throw new CannotCompile('No C compiler found: install one (apt-get install gcc libc6-dev).');
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
