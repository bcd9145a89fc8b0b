import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import type { Session } from '../session/session.ts';
import { dryRunOf, type MutationOptions } from './confirm.ts';

/** What commands take that mint a secret. */
export interface MintOptions extends MutationOptions {
  readonly out?: string;
}

/** Makes a call that may answer a secret, and puts that into the file, where one is named. Answers all but such a secret. */
export async function mint<Answer extends { secret: string }>(
  session: Session,
  options: MintOptions,
  call: (dryRun: boolean) => Promise<Answer>,
): Promise<Answer> {
  const dryRun = dryRunOf(options);
  if (dryRun) return call(true);
  if (options.out === undefined) {
    if (session.stdout.isTTY) return call(false);
    throw new CliError(
      'A secret goes to a terminal or to a file: name one with --out. Nothing was done.',
      exitCodes.usage,
    );
  }
  // Made before the call: a secret that cannot be kept is never minted.
  const file = await create(options.out);
  let kept = false;
  try {
    const answer = await call(false);
    if (answer.secret !== '') {
      await file.writeFile(`${answer.secret}\n`);
      await file.sync();
      kept = true;
    }
    return { ...answer, secret: '' };
  } finally {
    await file.close();
    if (!kept) await rm(options.out, { force: true });
  }
}

/** Says where a secret is, or shows it, this once; or that a repeated call answers none. */
export function showSecret(session: Session, secret: string, { out }: MintOptions): void {
  // `mint` leaves a file only where a secret came.
  if (out !== undefined && existsSync(out)) return void session.stderr.write(`The secret stands in ${out}.\n`);
  if (secret === '')
    return void session.stderr.write(
      'It was made before, with the same --request-id; its secret was answered then, and is not shown again. Rotate it for a new one.\n',
    );
  session.stderr.write('This is the secret; it is not shown again:\n\n');
  session.stdout.write(`${secret}\n`);
}

async function create(path: string) {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new CliError(
      exists ? `${path} is there already: name another file.` : `${path} cannot be written.`,
      exitCodes.failure,
      { cause: error },
    );
  }
}
