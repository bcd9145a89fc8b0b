import { lstat, mkdir, symlink } from 'node:fs/promises';
import { chmod, rm, stat } from 'node:fs/promises';
import PQueue from 'p-queue';
import { FileType, type FileInfo } from '#proto/muster/v1/file_pb.js';
import { CliError } from '../../failure/cli-error.ts';
import { exitCodes } from '../../failure/exit-codes.ts';
import type { Session } from '../../session/session.ts';
import { fetchFile } from './fetch-file.ts';
import { below, lastName, shown } from './place.ts';
import type { Progress } from './progress.ts';

const atOnce = 4;
const pageSize = 1000;
const deepest = 32;

interface Source {
  readonly sandboxId: string;
  readonly path: Buffer;
  readonly user: string;
}

/**
 * Copies a file or a directory out of a sandbox, with modes. What the sandbox says is not trusted: nothing is written
 * but below the destination, no link of the sandbox is followed here, and links are made last.
 */
export async function download(session: Session, source: Source, destination: Buffer, progress: Progress) {
  const { sandboxId, path, user } = source;
  const at = { case: 'rawPath' as const, value: Uint8Array.from(path) };
  const { file } = await session.files.stat({ sandboxId, at, user, followSymlinks: true });
  const isDirectory = await stat(destination).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  const to = isDirectory ? below(destination, lastName(path)) : destination;
  if (file?.type === FileType.REGULAR) return fetchFile(session, { sandboxId, from: path, to, user }, progress);
  if (file?.type !== FileType.DIRECTORY)
    throw new CliError(`${shown(path)} is neither a file nor a directory.`, exitCodes.usage);
  await fetchTree(session, source, to, progress);
}

async function fetchTree(session: Session, source: Source, to: Buffer, progress: Progress): Promise<void> {
  const { sandboxId, user } = source;
  const queue = new PQueue({ concurrency: atOnce });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const links: { readonly path: Buffer; readonly target: Buffer }[] = [];
  const directories: { readonly path: Buffer; readonly mode: number }[] = [];

  const take = async (root: Buffer, local: Buffer): Promise<void> => {
    await makeOwnDirectory(local);
    let pageToken = '';
    do {
      const at = { case: 'rawPath' as const, value: Uint8Array.from(root) };
      const page = await session.files.listDirectory({ sandboxId, at, user, depth: deepest, pageSize, pageToken });
      for (const file of page.files) {
        session.signal.throwIfAborted();
        const path = pathOf(file);
        const target = below(local, relative(root, path));
        if (file.type === FileType.DIRECTORY) {
          await makeOwnDirectory(target);
          directories.push({ path: target, mode: file.mode & 0o777 });
          if (depthOf(root, path) === deepest) await take(path, target);
        } else if (file.type === FileType.SYMLINK) {
          links.push({ path: target, target: Buffer.from(file.link.value ?? '') });
        } else if (file.type === FileType.REGULAR) {
          await queue.onSizeLessThan(2 * atOnce);
          queue
            .add(() => fetchFile(session, { sandboxId, from: path, to: target, user }, progress))
            .catch(failed.reject);
        } else {
          progress.say(`${shown(path)} was left out: it is neither a file nor a directory nor a link.`);
        }
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  };
  await Promise.race([take(source.path, to).then(() => queue.onIdle()), failed.promise]).finally(() => queue.clear());
  await Promise.race([Promise.resolve(), failed.promise]);
  for (const { path, target } of links) {
    await rm(path, { force: true });
    await symlink(target, path);
  }
  // Last and from the deepest: one that may not be written to takes nothing in.
  for (const { path, mode } of directories.toReversed()) await chmod(path, mode);
}

/** A directory that is really there: a link in its place would lead somewhere else. */
async function makeOwnDirectory(path: Buffer): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const facts = await lstat(path).catch(() => undefined);
    if (facts?.isDirectory()) return;
    if (facts) throw new CliError(`${shown(path)} is in the way: it is not a directory.`, exitCodes.conflict);
    throw error;
  }
}

const pathOf = ({ at }: FileInfo): Buffer => Buffer.from(at.value ?? '');

/** The names below the root, of which none leads out. */
function relative(root: Buffer, path: Buffer): Buffer {
  const start = below(root, Buffer.from('x')).length - 1;
  const rest = path.subarray(start);
  const names = rest.toString('latin1').split('/');
  const inside = path.subarray(0, start).equals(below(root, Buffer.from('x')).subarray(0, start));
  if (inside && names.every((name) => name !== '' && name !== '.' && name !== '..')) return rest;
  throw new CliError(`The sandbox named ${shown(path)}, which is not below ${shown(root)}.`, exitCodes.failure);
}

const depthOf = (root: Buffer, path: Buffer): number => relative(root, path).toString('latin1').split('/').length;
