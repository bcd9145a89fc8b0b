import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import PQueue from 'p-queue';
import { FileType } from '#proto/muster/v1/file_pb.js';
import { withoutDeadline, type Session } from '../../session/session.ts';
import { below, lastName, shown } from './place.ts';
import type { Progress } from './progress.ts';
import { sendFile } from './send-file.ts';

/** How many files are on the way at once: small ones wait mostly for answers. */
const atOnce = 4;

interface Destination {
  readonly sandboxId: string;
  readonly path: Buffer;
  readonly user: string;
}

/** Copies a file or a directory into a sandbox, with modes; symbolic links as such. */
export async function upload(session: Session, from: Buffer, destination: Destination, progress: Progress) {
  const { sandboxId, user } = destination;
  const to = await finalPath(session, destination, lastName(from));
  const queue = new PQueue({ concurrency: atOnce });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);

  const visit = async (path: Buffer, target: Buffer, top: boolean): Promise<void> => {
    session.signal.throwIfAborted();
    const facts = await (top ? stat(path) : lstat(path));
    if (facts.isDirectory()) {
      const at = { case: 'rawPath' as const, value: Uint8Array.from(target) };
      await session.files.makeDirectory({ sandboxId, at, user, createParents: true });
      await session.files.setPermissions({ sandboxId, at, user, mode: facts.mode & 0o7777, followSymlinks: true });
      for (const name of await readdir(path, { encoding: 'buffer' }))
        await visit(below(path, name), below(target, name), false);
    } else if (facts.isSymbolicLink()) {
      await makeLink(session, destination, await readlink(path, { encoding: 'buffer' }), target, progress);
    } else if (facts.isFile()) {
      // Not further ahead than what is on the way.
      await queue.onSizeLessThan(2 * atOnce);
      queue.add(() => sendFile(session, { from: path, sandboxId, to: target, user }, progress)).catch(failed.reject);
    } else {
      progress.say(`${shown(path)} was left out: it is neither a file nor a directory nor a link.`);
    }
  };
  await Promise.race([visit(from, to, true).then(() => queue.onIdle()), failed.promise]).finally(() => queue.clear());
  await Promise.race([Promise.resolve(), failed.promise]);
}

/** Into a directory where the destination is one, else under the destination's own name. */
async function finalPath(session: Session, { sandboxId, path, user }: Destination, name: Buffer): Promise<Buffer> {
  const at = { case: 'rawPath' as const, value: Uint8Array.from(path) };
  try {
    const { file } = await session.files.stat({ sandboxId, at, user, followSymlinks: true });
    return file?.type === FileType.DIRECTORY ? below(path, name) : path;
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== Code.NotFound) throw error;
    return path.at(-1) === '/'.charCodeAt(0) ? below(path, name) : path;
  }
}

/** The API makes no links; the sandbox's own `ln` does, where names are text. */
async function makeLink(
  session: Session,
  { sandboxId, user }: Destination,
  target: Buffer,
  path: Buffer,
  progress: Progress,
): Promise<void> {
  const argv = ['ln', '-sfn', '--', target.toString(), path.toString()];
  for await (const { event } of session.processes.run({ sandboxId, user, argv }, withoutDeadline))
    if (event.case === 'exit' && event.value.code !== 0)
      progress.say(`${shown(path)} could not be linked; it was left out.`);
}
