import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { FileError, type FileFailure } from '../files/index.ts';

interface WireFailure {
  readonly code: Code;
  readonly reason: Reason;
  readonly sentence: string;
  readonly help?: string;
  /** Of a request with two paths, whether the second one is meant. */
  readonly second?: true;
  /** Where another field than a path is meant. */
  readonly field?: string;
}

const noSpaceHelp = 'Remove files, or create a sandbox with more disk.';

const failures = {
  not_found: { code: Code.NotFound, reason: Reason.NOT_FOUND, sentence: 'There is nothing at this path.' },
  exists: {
    code: Code.AlreadyExists,
    reason: Reason.NAME_TAKEN,
    sentence: 'There is something at this path already.',
    second: true,
  },
  is_directory: {
    code: Code.FailedPrecondition,
    reason: Reason.IS_DIRECTORY,
    sentence: 'There is a directory at this path.',
  },
  not_directory: {
    code: Code.FailedPrecondition,
    reason: Reason.NOT_DIRECTORY,
    sentence: 'Something on this path is not a directory.',
  },
  not_empty: {
    code: Code.FailedPrecondition,
    reason: Reason.NOT_EMPTY,
    sentence: 'The directory is not empty.',
    help: 'Remove it with `recursive` to remove what is in it, too.',
    second: true,
  },
  not_regular: {
    code: Code.FailedPrecondition,
    reason: Reason.NOT_REGULAR,
    sentence: 'What is at this path is no regular file, so it has no content of its own.',
  },
  symlink_loop: {
    code: Code.FailedPrecondition,
    reason: Reason.SYMLINK_LOOP,
    sentence: 'The symbolic links on this path lead in a circle, or are too many.',
  },
  link_refused: {
    code: Code.FailedPrecondition,
    reason: Reason.SYMLINK_LOOP,
    sentence: 'There is a symbolic link at this path, which was not to be followed.',
    help: 'Follow it, or name what it leads to.',
  },
  other_file_system: {
    code: Code.FailedPrecondition,
    reason: Reason.OTHER_FILE_SYSTEM,
    sentence: 'It cannot be moved as it is: the other place is on another file system, or it is a template directory.',
    help: 'Run `mv` in the sandbox, which copies it.',
  },
  read_only: {
    code: Code.FailedPrecondition,
    reason: Reason.READ_ONLY_FILES,
    sentence: 'The file system at this path cannot be changed.',
  },
  permission: {
    code: Code.PermissionDenied,
    reason: Reason.FILE_PERMISSION,
    sentence: 'The user of the sandbox may not do this there.',
    help: 'Name another user, or change the permissions.',
  },
  no_space: {
    code: Code.ResourceExhausted,
    reason: Reason.NO_SPACE,
    sentence: 'The disk space or the inodes of the sandbox are used up.',
    help: noSpaceHelp,
  },
  too_much: {
    code: Code.InvalidArgument,
    reason: Reason.INVALID_FIELD,
    sentence: 'More bytes were sent than the file was to have, or than a file can have.',
    field: 'size',
  },
  limit: {
    code: Code.ResourceExhausted,
    reason: Reason.SANDBOX_LIMIT,
    sentence: 'The sandbox has no processes, memory or open files left for this.',
    help: 'End something in it, or create a sandbox with higher limits.',
  },
  busy: { code: Code.FailedPrecondition, reason: Reason.WRONG_STATE, sentence: 'What is at this path is in use.' },
  bad_path: {
    code: Code.InvalidArgument,
    reason: Reason.INVALID_FIELD,
    sentence: 'This path cannot be: a name in it is too long, holds a zero byte, or lies within what is moved.',
  },
  no_user: {
    code: Code.InvalidArgument,
    reason: Reason.INVALID_FIELD,
    sentence: 'There is no such user in this sandbox.',
    field: 'user',
  },
  no_group: {
    code: Code.InvalidArgument,
    reason: Reason.INVALID_FIELD,
    sentence: 'There is no such group in this sandbox.',
    field: 'group',
  },
  wrong_offset: {
    code: Code.OutOfRange,
    reason: Reason.WRONG_OFFSET,
    sentence: 'The upload stands elsewhere.',
    field: 'offset',
  },
  upload_in_use: {
    code: Code.Aborted,
    reason: Reason.CONFLICT,
    sentence: 'Another call writes to this upload.',
    help: 'Repeat the call in a moment.',
    field: 'upload_id',
  },
  changed: {
    code: Code.Aborted,
    reason: Reason.CONFLICT,
    sentence: 'Another file is at this path by now, or none; nothing was done.',
    help: 'Read it again, then decide what to put there.',
    field: 'placement.if_etag',
  },
  too_old: {
    code: Code.FailedPrecondition,
    reason: Reason.WRONG_STATE,
    sentence: 'This sandbox was started by an older agent, which cannot compare before it replaces.',
    help: 'Stop and start it, or leave if_etag out.',
    field: 'placement.if_etag',
  },
  too_old_for_trees: {
    code: Code.FailedPrecondition,
    reason: Reason.WRONG_STATE,
    sentence: 'This sandbox was started by an older agent, which cannot watch directories below others.',
    help: 'Stop and start it, or watch one directory at a time.',
    field: 'recursive',
  },
  unfinished: {
    code: Code.InvalidArgument,
    reason: Reason.INVALID_FIELD,
    sentence: 'The stream ended before all of the file was sent; nothing was put in place.',
    field: 'size',
  },
  too_long: {
    code: Code.DeadlineExceeded,
    reason: Reason.DEADLINE,
    sentence: 'It took longer than a minute. What was done until then stays done.',
    help: 'Repeat the call to go on.',
  },
} satisfies Record<FileFailure, WireFailure>;

/** What the control plane is told of a refusal. `paths` are the request's fields with a path. */
export function fileWireError(error: FileError, [first, second]: readonly [string, string?]): ConnectError {
  const failure: WireFailure = failures[error.failure];
  const field = failure.field ?? (failure.second ? (second ?? first) : first);
  const offset = error.offset === undefined ? '' : ` It stands at byte ${error.offset}.`;
  const info = { reason: failure.reason, field, help: failure.help ?? '' };
  return new ConnectError(
    failure.sentence + offset,
    failure.code,
    undefined,
    [{ desc: ErrorInfoSchema, value: info }],
    error,
  );
}
