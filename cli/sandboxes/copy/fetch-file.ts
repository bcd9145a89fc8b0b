import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { Session } from '../../session/session.ts';
import { ConnectionBroken, exchange } from './exchange.ts';
import type { Progress } from './progress.ts';
import { untilDone } from './retry.ts';

export interface FileToFetch {
  readonly sandboxId: string;
  readonly from: Buffer;
  readonly to: Buffer;
  readonly user: string;
}

/** Fetches one file with its mode into a place beside, then renames it; goes on where it was when the connection breaks. */
export async function fetchFile(session: Session, { sandboxId, from, to, user }: FileToFetch, progress: Progress) {
  const beside = Buffer.concat([to, Buffer.from(`.muster-${randomBytes(6).toString('hex')}`)]);
  const file = await open(beside, 'wx', 0o600);
  let have = 0;
  let etag = '';
  let mode = 0o644;
  try {
    await untilDone(
      session.signal,
      () => undefined,
      async (advanced) => {
        const response = await exchange(session, {
          method: 'GET',
          sandboxId,
          path: from,
          query: user ? { user } : {},
          headers: have > 0 ? { range: `bytes=${have}-`, 'if-range': etag } : {},
        });
        const { headers, statusCode } = response;
        if (statusCode !== 206 && have > 0) {
          // Replaced meanwhile: from the beginning.
          progress.moved(-have);
          have = 0;
          await file.truncate();
        }
        if (have === 0) progress.expect(Number(headers['content-length'] ?? 0));
        etag = headers.etag ?? '';
        mode = Number.parseInt(String(headers['muster-file-mode'] ?? '644'), 8) & 0o777;
        try {
          for await (const chunk of response) {
            const bytes = chunk as Buffer; // no encoding is set
            await file.write(bytes, 0, bytes.length, have);
            have += bytes.length;
            progress.moved(bytes.length);
            advanced();
          }
        } catch (error) {
          if (session.signal.aborted || !isOfTheConnection(error)) throw error;
          throw new ConnectionBroken('The connection broke.', { cause: error });
        }
      },
    );
    await file.chmod(mode);
    await file.close();
    await rename(beside, to);
    progress.fileDone();
  } catch (error) {
    await file.close();
    await rm(beside, { force: true });
    throw error;
  }
}

/** A local disk that is full fails with a code of the file system, which nothing heals. */
const isOfTheConnection = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');
