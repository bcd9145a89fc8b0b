import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** An account of this machine. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** What keeps an account's keys from being as wanted, in a sentence for people. */
export class AccountProblem extends Error {
  override readonly name = 'AccountProblem';
}

const run = promisify(execFile);

/** The account of that name, wherever this machine looks them up. Throws an AccountProblem where there is none. */
export async function findAccount(name: string): Promise<Account> {
  const { stdout } = await run('getent', ['passwd', name], { timeout: 10_000 }).catch((error: unknown) => {
    throw new AccountProblem(
      `This machine has no account ${name}: make it, or take it out of "access" in the agent's config.`,
      { cause: error },
    );
  });
  const [found, , uid, gid, , home] = stdout.trimEnd().split(':');
  if (found !== name || !home?.startsWith('/')) throw new AccountProblem(`The account ${name} has no home directory.`);
  return { name, uid: Number(uid), gid: Number(gid), home };
}
