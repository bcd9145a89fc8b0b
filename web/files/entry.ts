import { timestampMs } from '@bufbuild/protobuf/wkt';
import { File, FileCog, FileSymlink, FileText, Folder, type LucideIcon } from 'lucide-react';
import { FileType, type FileInfo } from '#proto/muster/v1/file_pb.js';
import { nameOf, pathOf, shown, type FilePath } from './path.ts';
import type { SortKey } from './search.ts';

/** Something in a directory, ready to be shown. */
export interface Entry {
  readonly path: FilePath;
  /** As it is shown. */
  readonly name: string;
  readonly info: FileInfo;
}

/** The entries of an answer. One without a path cannot be: it is left out. */
export const entriesOf = (files: readonly FileInfo[]): readonly Entry[] =>
  files.flatMap((info) => {
    const path = filePathOf(info);
    return path ? [{ path, name: nameOf(path), info }] : [];
  });

export function filePathOf({ at }: FileInfo): FilePath | undefined {
  if (at.case === 'path') return { case: 'path', value: at.value };
  return at.case === 'rawPath' ? pathOf(Uint8Array.from(at.value)) : undefined;
}

/** Where a symbolic link leads, as it is shown. */
export function targetOf({ link }: FileInfo): string | undefined {
  if (link.case === undefined) return undefined;
  return shown(link.case === 'target' ? new TextEncoder().encode(link.value) : Uint8Array.from(link.value));
}

/** How a kind of file looks; devices, sockets and pipes as one. */
export const fileIcons: Record<FileType, LucideIcon> = {
  [FileType.UNSPECIFIED]: File,
  [FileType.REGULAR]: FileText,
  [FileType.DIRECTORY]: Folder,
  [FileType.SYMLINK]: FileSymlink,
  [FileType.FIFO]: FileCog,
  [FileType.SOCKET]: FileCog,
  [FileType.CHARACTER_DEVICE]: FileCog,
  [FileType.BLOCK_DEVICE]: FileCog,
};

const kinds: Record<FileType, string> = {
  [FileType.UNSPECIFIED]: 'unknown',
  [FileType.REGULAR]: 'file',
  [FileType.DIRECTORY]: 'directory',
  [FileType.SYMLINK]: 'symbolic link',
  [FileType.FIFO]: 'named pipe',
  [FileType.SOCKET]: 'socket',
  [FileType.CHARACTER_DEVICE]: 'character device',
  [FileType.BLOCK_DEVICE]: 'block device',
};

export const kindOf = ({ type }: FileInfo): string => kinds[type];

const letters: Record<FileType, string> = {
  [FileType.UNSPECIFIED]: '?',
  [FileType.REGULAR]: '-',
  [FileType.DIRECTORY]: 'd',
  [FileType.SYMLINK]: 'l',
  [FileType.FIFO]: 'p',
  [FileType.SOCKET]: 's',
  [FileType.CHARACTER_DEVICE]: 'c',
  [FileType.BLOCK_DEVICE]: 'b',
};

/** Permission bits as `ls` writes them: `drwxr-xr-x`. */
export function modeWord({ type, mode }: Pick<FileInfo, 'type' | 'mode'>): string {
  const three = (shift: number, special: number, set: string) => {
    const bits = (mode >> shift) & 7;
    const runs = (bits & 1) === 1;
    const last = (mode & special) === 0 ? (runs ? 'x' : '-') : runs ? set : set.toUpperCase();
    return `${(bits & 4) === 0 ? '-' : 'r'}${(bits & 2) === 0 ? '-' : 'w'}${last}`;
  };
  return letters[type] + three(6, 0o4000, 's') + three(3, 0o2000, 's') + three(0, 0o1000, 't');
}

/** Owner and group, as numbers inside the sandbox; the one that everybody knows by its name. */
export const ownerWord = ({ uid, gid }: FileInfo): string =>
  uid === gid ? idWord(uid) : `${idWord(uid)}:${idWord(gid)}`;
const idWord = (id: number): string => (id === 0 ? 'root' : String(id));

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A size in bytes: "1 byte", "3.4 KiB". */
export function bytesWord(size: bigint | number): string {
  let value = Number(size);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  if (unit === 0) return value === 1 ? '1 byte' : `${value} bytes`;
  return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${units[unit]}`;
}

const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const byName = (a: Entry, b: Entry) => natural.compare(a.name, b.name) || (a.name < b.name ? -1 : 1);

const orders: Record<SortKey, (a: Entry, b: Entry) => number> = {
  name: byName,
  size: (a, b) => Number(a.info.size - b.info.size),
  mode: (a, b) => a.info.mode - b.info.mode,
  owner: (a, b) => a.info.uid - b.info.uid || a.info.gid - b.info.gid,
  modified: (a, b) => modifiedMs(a) - modifiedMs(b),
};

const modifiedMs = ({ info }: Entry): number => (info.modifiedAt ? timestampMs(info.modifiedAt) : 0);

/** Directories first, then by the key; equal ones by name. Hidden ones only where they are wanted. */
export function arranged(
  entries: readonly Entry[],
  { sort, descending, hidden }: { sort: SortKey; descending: boolean; hidden: boolean },
): readonly Entry[] {
  const direction = descending ? -1 : 1;
  const isDirectory = ({ info }: Entry) => Number(info.type === FileType.DIRECTORY);
  return entries
    .filter(({ name }) => hidden || !name.startsWith('.'))
    .toSorted((a, b) => isDirectory(b) - isDirectory(a) || direction * orders[sort](a, b) || byName(a, b));
}
