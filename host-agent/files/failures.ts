import { constants } from 'node:os';
import type { Closed } from '../init/index.ts';

/** Why something could not be done to a file. */
export type FileFailure =
  | 'not_found'
  | 'exists'
  | 'is_directory'
  | 'not_directory'
  | 'not_empty'
  | 'not_regular'
  | 'symlink_loop'
  | 'link_refused'
  | 'other_file_system'
  | 'read_only'
  | 'permission'
  | 'no_space'
  | 'limit'
  | 'busy'
  | 'bad_path'
  | 'no_user'
  | 'no_group'
  | 'wrong_offset'
  | 'upload_in_use'
  | 'changed'
  | 'too_old'
  | 'too_old_for_trees'
  | 'too_much'
  | 'unfinished'
  | 'too_long';

/** The refusal of one deed. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly failure: FileFailure;
  /** Of `wrong_offset`: where the upload stands. */
  readonly offset: bigint | undefined;

  constructor(failure: FileFailure, offset?: bigint) {
    super(failure);
    this.failure = failure;
    this.offset = offset;
  }
}

/** The exit codes of the init's child that are no errno: `enum file_failure` in `../init/native/files.h`. */
const ownCodes: Readonly<Record<number, FileFailure>> = {
  200: 'no_user',
  201: 'no_group',
  202: 'not_regular',
  203: 'wrong_offset',
  204: 'upload_in_use',
  205: 'bad_path',
  206: 'unfinished',
  207: 'link_refused',
  208: 'changed',
};

const { errno } = constants;

const errnos: Readonly<Record<number, FileFailure>> = {
  [errno.ENOENT]: 'not_found',
  [errno.EEXIST]: 'exists',
  [errno.EISDIR]: 'is_directory',
  [errno.ENOTDIR]: 'not_directory',
  [errno.ENOTEMPTY]: 'not_empty',
  [errno.ELOOP]: 'symlink_loop',
  [errno.EXDEV]: 'other_file_system',
  [errno.EROFS]: 'read_only',
  [errno.EACCES]: 'permission',
  [errno.EPERM]: 'permission',
  [errno.ENOSPC]: 'no_space',
  [errno.EDQUOT]: 'no_space',
  [errno.EFBIG]: 'too_much',
  [errno.ENOMEM]: 'limit',
  [errno.EMFILE]: 'limit',
  [errno.ENFILE]: 'limit',
  [errno.EAGAIN]: 'limit',
  [errno.EBUSY]: 'busy',
  [errno.ETXTBSY]: 'busy',
  [errno.EINVAL]: 'bad_path',
  [errno.ENAMETOOLONG]: 'bad_path',
};

/** What the end of a deed says; undefined where it was done. Throws for an end that nothing explains. */
export function failureOf({ code, signal, timedOut, notStarted }: Closed, offset?: bigint): FileError | undefined {
  if (timedOut) return new FileError('too_long');
  // Nobody but the kernel kills it unasked, and that for want of memory.
  if (signal !== 0) return new FileError('limit');
  if (code === 0) return undefined;
  const failure = notStarted ? 'limit' : (ownCodes[code] ?? errnos[code]);
  if (failure === undefined) throw new Error(`The sandbox answered errno ${code} for a file.`);
  return new FileError(failure, offset);
}
