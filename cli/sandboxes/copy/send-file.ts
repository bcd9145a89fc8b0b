import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CliError } from '../../failure/cli-error.ts';
import { exitCodes } from '../../failure/exit-codes.ts';
import type { Session } from '../../session/session.ts';
import { exchange } from './exchange.ts';
import { shown } from './place.ts';
import type { Progress } from './progress.ts';
import { untilDone } from './retry.ts';

export interface FileToSend {
  readonly from: Buffer;
  readonly sandboxId: string;
  readonly to: Buffer;
  readonly user: string;
}

/** Below it, sending again costs less than asking where one was. */
const resumableFrom = 4 * 1024 * 1024;
const pieceBytes = 256 * 1024;

/** Sends one file with its mode; goes on where it was when the connection breaks. */
export async function sendFile(session: Session, { from, sandboxId, to, user }: FileToSend, progress: Progress) {
  const file = await open(from);
  try {
    const { size, mode } = await file.stat();
    progress.expect(size);
    const upload = size >= resumableFrom ? randomBytes(12).toString('hex') : undefined;
    const placement = { mode: (mode & 0o7777).toString(8), parents: 'true', ...(user && { user }) };
    const standing = async (): Promise<number> => {
      if (upload === undefined) return 0;
      const response = await exchange(session, {
        method: 'HEAD',
        sandboxId,
        path: to,
        query: { upload, ...(user && { user }) },
      });
      return Number(response.resume().headers['upload-offset'] ?? 0);
    };
    let moved = 0;
    let broke = false;
    await untilDone(
      session.signal,
      () => (broke = true),
      async (advanced) => {
        const offset = broke ? await standing() : 0;
        progress.moved(offset - moved);
        moved = offset;
        const body = Readable.from(
          (async function* () {
            const piece = Buffer.alloc(pieceBytes);
            for (let at = offset; at < size;) {
              const { bytesRead } = await file.read(piece, 0, Math.min(pieceBytes, size - at), at);
              if (bytesRead === 0)
                throw new CliError(`${shown(from)} became shorter while it was sent.`, exitCodes.failure);
              at += bytesRead;
              moved += bytesRead;
              progress.moved(bytesRead);
              advanced();
              yield Buffer.from(piece.subarray(0, bytesRead));
            }
          })(),
          { objectMode: false },
        );
        const response = await exchange(session, {
          method: 'PUT',
          sandboxId,
          path: to,
          query: { ...placement, ...(upload && { upload }) },
          headers: {
            'content-length': String(size - offset),
            ...(offset > 0 && { 'content-range': `bytes ${offset < size ? `${offset}-${size - 1}` : '*'}/${size}` }),
          },
          body,
        });
        response.resume();
      },
    );
    progress.fileDone();
  } finally {
    await file.close();
  }
}
