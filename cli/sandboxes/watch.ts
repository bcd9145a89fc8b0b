import { FileChangeKind, WatchDirectoryResponseSchema, type FileChange } from '#proto/muster/v1/file_pb.js';
import { printJson } from '../output/json.ts';
import { withoutDeadline, type Session, type SessionOptions } from '../session/session.ts';

/** Options of `muster sandboxes watch`. */
export interface WatchOptions extends SessionOptions {
  readonly recursive?: boolean;
  readonly user?: string;
}

const kinds: Readonly<Record<FileChangeKind, string>> = {
  [FileChangeKind.UNSPECIFIED]: 'changed',
  [FileChangeKind.CREATED]: 'created',
  [FileChangeKind.MODIFIED]: 'modified',
  [FileChangeKind.WRITTEN]: 'written',
  [FileChangeKind.ATTRIBUTES]: 'attributes',
  [FileChangeKind.REMOVED]: 'removed',
  [FileChangeKind.MOVED_FROM]: 'moved from',
  [FileChangeKind.MOVED_TO]: 'moved to',
};

/** Prints what changes in a directory of a sandbox, a line each, until the directory is gone. */
export async function watchFiles(
  session: Session,
  sandboxId: string,
  path: string,
  { recursive = false, user = '' }: WatchOptions,
): Promise<void> {
  const at = { case: 'path', value: path } as const;
  const events = session.files.watchDirectory({ sandboxId, at, user, recursive }, withoutDeadline);
  for await (const response of events) {
    const { event } = response;
    if (session.json) {
      if (event.case !== 'keepAlive') printJson(session.stdout, WatchDirectoryResponseSchema, response);
      continue;
    }
    switch (event.case) {
      case 'ready':
        session.stderr.write(`Watching ${path}; end with Ctrl-C.\n`);
        break;
      case 'change':
        session.stdout.write(`${lineOf(event.value)}\n`);
        break;
      case 'overflow':
        session.stderr.write('Some changes came too fast and were lost: list the directory again.\n');
        break;
      case 'partial':
        session.stderr.write(
          `Only ${event.value.directories} directories are watched: there are more, or deeper ones. Watch a smaller part.\n`,
        );
        break;
      case 'gone':
        session.stderr.write(`${path} was removed or moved away.\n`);
        break;
      case 'keepAlive':
      case undefined:
        break;
    }
  }
}

/** Names inside a sandbox are whatever its guests chose: nothing of them reaches the terminal as more than text. */
function lineOf({ kind, at, isDirectory }: FileChange): string {
  const path = at.case === 'rawPath' ? Buffer.from(at.value).toString() : (at.value ?? '');
  const shown = path.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, '?');
  return `${kinds[kind].padEnd(10)}  ${shown}${isDirectory ? '/' : ''}`;
}
