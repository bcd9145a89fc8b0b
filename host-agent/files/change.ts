/** What happened in a directory, out of the kernel's own event. */
export type Change =
  | { readonly type: 'ready' | 'overflow' | 'gone' }
  /** There are more directories than are watched. */
  | { readonly type: 'partial'; readonly directories: number }
  | {
      readonly type: 'change';
      readonly kind: ChangeKind;
      readonly name: Buffer;
      readonly isDirectory: boolean;
      readonly moveId: number;
    };

export type ChangeKind = keyof typeof kinds;

const kinds = {
  created: 0x100,
  modified: 0x2,
  written: 0x8,
  attributes: 0x4,
  removed: 0x200,
  moved_from: 0x40,
  moved_to: 0x80,
} as const;

/** WATCH_PARTIAL in `../init/native/watch.h`. */
const partialMask = 0x1;
const overflowMask = 0x4000;
/** IN_DELETE_SELF, IN_MOVE_SELF, IN_UNMOUNT, IN_IGNORED. */
const goneMask = 0x400 | 0x800 | 0x2000 | 0x8000;
const directoryMask = 0x4000_0000;
const nameStart = 16;

/** Reads `struct inotify_event`. Undefined for what concerns the directory itself but not its end. */
export function changeOf(event: Buffer): Change | undefined {
  const mask = event.readUInt32LE(4);
  if (mask === 0) return { type: 'ready' };
  if (mask === partialMask) return { type: 'partial', directories: event.readUInt32LE(8) };
  if (mask & overflowMask) return { type: 'overflow' };
  if (mask & goneMask) return { type: 'gone' };
  const end = event.indexOf(0, nameStart);
  const name = event.subarray(nameStart, end < 0 ? event.length : end);
  const kind = (Object.keys(kinds) as ChangeKind[]).find((key) => mask & kinds[key]); // the keys of the table itself
  if (kind === undefined || name.length === 0) return undefined;
  const isDirectory = (mask & directoryMask) !== 0;
  return { type: 'change', kind, name, isDirectory, moveId: event.readUInt32LE(8) };
}
