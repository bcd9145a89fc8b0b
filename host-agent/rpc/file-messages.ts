import { isUtf8 } from 'node:buffer';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  FileChangeKind,
  FileType,
  type FileInfoSchema,
  type UploadStart,
  type WatchDirectoryResponseSchema,
} from '#proto/muster/v1/file_pb.js';
import type { Change, ChangeKind, FileEntry, Permissions, Place, Upload } from '../files/index.ts';

type TextOrBytes =
  | { readonly case: 'path'; readonly value: string }
  | { readonly case: 'rawPath'; readonly value: Uint8Array };

/** Either form of a path in a request; a text is never anything but UTF-8. */
export type PathInit =
  | { readonly case: string; readonly value: string | Uint8Array }
  | { readonly case: undefined; readonly value?: undefined };

/** The bytes of a path. Validation has seen to it that one is there. */
export const bytesOf = ({ value }: PathInit): Buffer => Buffer.from(value ?? '');

export const placeOf = ({ at, user }: { readonly at: PathInit; readonly user: string }): Place => ({
  path: bytesOf(at),
  user,
});

const typeBits = 0o170000;
const types: Readonly<Record<number, FileType>> = {
  0o100000: FileType.REGULAR,
  0o040000: FileType.DIRECTORY,
  0o120000: FileType.SYMLINK,
  0o010000: FileType.FIFO,
  0o140000: FileType.SOCKET,
  0o020000: FileType.CHARACTER_DEVICE,
  0o060000: FileType.BLOCK_DEVICE,
};
const second = 1_000_000_000n;

/** A file as the user sees it; `base` is the path that was asked for. */
export function toFileInfo(entry: FileEntry, base: Uint8Array): MessageInitShape<typeof FileInfoSchema> {
  const isLink = (entry.mode & typeBits) === 0o120000;
  return {
    at: pathInit(below(base, entry.path)),
    type: types[entry.mode & typeBits] ?? FileType.UNSPECIFIED,
    size: entry.size,
    mode: entry.mode & 0o7777,
    uid: entry.uid,
    gid: entry.gid,
    modifiedAt: { seconds: entry.modifiedNs / second, nanos: Number(entry.modifiedNs % second) },
    link: !isLink
      ? { case: undefined }
      : isUtf8(entry.target)
        ? { case: 'target', value: entry.target.toString() }
        : { case: 'rawTarget', value: entry.target },
    etag: entry.etag,
    diskSize: entry.diskSize,
    unreadable: entry.unreadable,
  };
}

const slash = Buffer.from('/');

function below(base: Uint8Array, path: Uint8Array): Buffer {
  if (path.length === 0) return Buffer.from(base);
  const between = base.at(-1) === slash[0] ? [] : [slash];
  return Buffer.concat([base, ...between, path]);
}

function pathInit(path: Buffer): TextOrBytes {
  return isUtf8(path) ? { case: 'path', value: path.toString() } : { case: 'rawPath', value: path };
}

export const permissionsOf = ({
  mode,
  owner,
  group,
}: {
  readonly mode?: number | undefined;
  readonly owner: string;
  readonly group: string;
}): Permissions => ({ mode, owner, group });

/** An upload as the init is asked for it. */
export function uploadOf({ at, user, placement, size, uploadId, offset }: UploadStart): Upload {
  return {
    ...placeOf({ at, user }),
    mode: placement?.mode,
    owner: placement?.owner ?? '',
    group: placement?.group ?? '',
    createParents: placement?.createParents ?? false,
    onlyNew: placement?.onlyNew ?? false,
    follow: placement?.followSymlinks ?? false,
    ifEtag: placement?.ifEtag ?? '',
    uploadId,
    offset,
    size,
  };
}

const changeKinds = {
  created: FileChangeKind.CREATED,
  modified: FileChangeKind.MODIFIED,
  written: FileChangeKind.WRITTEN,
  attributes: FileChangeKind.ATTRIBUTES,
  removed: FileChangeKind.REMOVED,
  moved_from: FileChangeKind.MOVED_FROM,
  moved_to: FileChangeKind.MOVED_TO,
} satisfies Record<ChangeKind, FileChangeKind>;

/** A change as the user sees it; `base` is the directory that was asked for. */
export function toWatchEvent(change: Change, base: Uint8Array): MessageInitShape<typeof WatchDirectoryResponseSchema> {
  switch (change.type) {
    case 'ready':
      return { event: { case: 'ready', value: {} } };
    case 'overflow':
      return { event: { case: 'overflow', value: {} } };
    case 'gone':
      return { event: { case: 'gone', value: {} } };
    case 'partial':
      return { event: { case: 'partial', value: { directories: change.directories } } };
    case 'change': {
      const { kind, name, isDirectory, moveId } = change;
      const at = pathInit(below(base, name));
      return { event: { case: 'change', value: { kind: changeKinds[kind], at, isDirectory, moveId } } };
    }
  }
}
