import { constants, type BigIntStats } from 'node:fs';
import { lstat, mkdir, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { AccountProblem, type Account } from './account.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** No file of keys is larger; what is, is something else. */
const mostBytes = 1024 * 1024;
/** Somebody who writes in place is done by then. */
const mostAttempts = 10;
const newName = '.authorized_keys.muster-new';

/**
 * Makes an account's `~/.ssh/authorized_keys` what `become` makes of it, in one step, and only where that differs. Answers
 * whether it did. The account owns the folder and can change it under our hands: every step goes by the folder's open
 * descriptor, and nothing is followed that is a link. Throws an AccountProblem.
 */
export async function changeAuthorizedKeys(account: Account, become: (content: string) => string): Promise<boolean> {
  const home = await openHome(account);
  try {
    const present = await openFolder(account, home, false);
    // A file that is not there is made only for something to put in.
    if (!present && become('') === '') return false;
    const folder = present ?? (await openFolder(account, home, true));
    if (!folder) throw new AccountProblem(`${account.home}/.ssh cannot be made.`);
    try {
      return await changeIn(account, folder, become);
    } finally {
      await folder.close();
    }
  } catch (error) {
    throw asProblem(account, error);
  } finally {
    await home.close();
  }
}

async function changeIn(account: Account, folder: FileHandle, become: (content: string) => string): Promise<boolean> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const before = await read(account, folder);
    const after = become(before?.content ?? '');
    const wellOwned = before === undefined || (before.uid === account.uid && (before.mode & 0o022) === 0);
    if (after === (before?.content ?? '') && wellOwned) return false;
    const mode = before ? (before.mode & 0o644) | 0o600 : 0o600;
    if (await replace(account, folder, { content: after, mode, over: before?.stamp })) return true;
  }
  throw new AccountProblem(`${pathOf(account)} is being changed by somebody else all the time; it is tried again.`);
}

async function openHome(account: Account): Promise<FileHandle> {
  const home = await open(account.home, O_RDONLY | O_DIRECTORY).catch((error: unknown) => {
    throw new AccountProblem(`${account.home}, the home of ${account.name}, is no directory that can be opened.`, {
      cause: error,
    });
  });
  const { uid, mode } = await home.stat();
  if ((uid === account.uid || uid === 0) && (mode & 0o022) === 0) return home;
  await home.close();
  throw new AccountProblem(
    `${account.home} belongs to somebody else or can be written by others, so sshd would take no keys from it: chown and chmod it.`,
  );
}

/** `.ssh`, made where that is asked for. Undefined where it is not there. */
async function openFolder(account: Account, home: FileHandle, make: boolean): Promise<FileHandle | undefined> {
  const path = `${within(home)}/.ssh`;
  if (make) await mkdir(path, { mode: 0o700 });
  const folder = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) !== 'ELOOP' && codeOf(error) !== 'ENOTDIR') throw error;
    throw new AccountProblem(
      `${account.home}/.ssh is a link or a file. The agent follows no links: put a directory there.`,
      { cause: error },
    );
  });
  if (!folder) return undefined;
  try {
    const { uid, mode } = await folder.stat();
    if (make && uid !== account.uid) await folder.chown(account.uid, account.gid);
    else if (uid !== account.uid && uid !== 0)
      throw new AccountProblem(`${account.home}/.ssh belongs to somebody else than ${account.name}: chown it.`);
    if ((mode & 0o022) !== 0) await folder.chmod(0o700);
    return folder;
  } catch (error) {
    await folder.close();
    throw error;
  }
}

async function read(account: Account, folder: FileHandle) {
  const file = await open(
    `${within(folder)}/authorized_keys`,
    // A pipe would keep us waiting.
    O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
  ).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) !== 'ELOOP') throw error;
    throw new AccountProblem(
      `${pathOf(account)} is a link. The agent follows no links: put a file there, or take the link away.`,
      { cause: error },
    );
  });
  if (!file) return undefined;
  try {
    const stat = await file.stat();
    // A second name could be of a file that the account may not read.
    if (!stat.isFile() || stat.nlink !== 1 || (stat.uid !== account.uid && stat.uid !== 0))
      throw new AccountProblem(
        `${pathOf(account)} is no file of ${account.name} with that one name: put an ordinary file there.`,
      );
    if (stat.size > mostBytes) throw new AccountProblem(`${pathOf(account)} is larger than 1 MiB: tidy it up.`);
    const stamp = stampOf(await file.stat({ bigint: true }));
    return { content: await file.readFile('latin1'), uid: stat.uid, mode: stat.mode, stamp };
  } finally {
    await file.close();
  }
}

/** Writes beside it, then puts it in its place, unless somebody has changed it meanwhile: their line must not be lost. */
async function replace(
  account: Account,
  folder: FileHandle,
  { content, mode, over }: { readonly content: string; readonly mode: number; readonly over: string | undefined },
): Promise<boolean> {
  const path = `${within(folder)}/${newName}`;
  // From a time when the agent was killed.
  await unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const { uid, gid } = await file.stat();
    if (uid !== account.uid || gid !== account.gid) await file.chown(account.uid, account.gid);
    await file.chmod(mode);
    await file.writeFile(content, 'latin1');
    await file.sync();
    const target = `${within(folder)}/authorized_keys`;
    const present = await lstat(target, { bigint: true }).then(stampOf, () => undefined);
    if (present !== over) {
      await unlink(path);
      return false;
    }
    await rename(path, target);
    await folder.sync();
    return true;
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
}

/** Tells whether a file was changed. */
const stampOf = ({ ino, size, mtimeNs }: BigIntStats): string => `${ino}:${size}:${mtimeNs}`;

/** A directory by its open descriptor, whatever has become of its name. */
const within = (directory: FileHandle) => `/proc/self/fd/${directory.fd}`;

const pathOf = (account: Account) => `${account.home}/.ssh/authorized_keys`;

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

function asProblem(account: Account, error: unknown): AccountProblem {
  if (error instanceof AccountProblem) return error;
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM')
    return new AccountProblem(
      `The agent may not change ${pathOf(account)}: let it run as root, or as ${account.name}.`,
      { cause: error },
    );
  const why = error instanceof Error ? error.message.replaceAll(/\/proc\/self\/fd\/\d+/g, account.home) : String(error);
  return new AccountProblem(`${pathOf(account)} cannot be changed: ${why}.`, { cause: error });
}
