import { CliError } from '../../failure/cli-error.ts';
import { exitCodes } from '../../failure/exit-codes.ts';
import type { Session, SessionOptions } from '../../session/session.ts';
import { download } from './download.ts';
import { placeOf } from './place.ts';
import { Progress } from './progress.ts';
import { upload } from './upload.ts';

/** Options of `muster sandboxes cp`. */
export interface CopyOptions extends SessionOptions {
  readonly user?: string;
}

/** Copies between this machine and a sandbox. */
export async function copy(session: Session, source: string, destination: string, { user = '' }: CopyOptions) {
  const [from, to] = [placeOf(source), placeOf(destination)];
  const progress = new Progress(session.stderr);
  try {
    if (from.kind === 'local' && to.kind === 'sandbox') await upload(session, from.path, { ...to, user }, progress);
    else if (from.kind === 'sandbox' && to.kind === 'local')
      await download(session, { ...from, user }, to.path, progress);
    else
      throw new CliError(
        'One side has to be on this machine, the other in a sandbox: muster sandboxes cp FILE SANDBOX:/PATH',
        exitCodes.usage,
      );
  } finally {
    progress.end();
  }
  if (session.stderr.isTTY) session.stderr.write(`${progress.summary()}\n`);
}
