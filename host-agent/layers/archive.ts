import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { digestOf } from './digest.ts';

/** Of all that a file system keeps beside names and bytes, only this goes into a layer and comes out of it. */
const attributes = [
  '--xattrs',
  '--xattrs-include=trusted.overlay.opaque',
  '--xattrs-include=user.*',
  '--xattrs-exclude=user.overlay.*',
];

/** Mounts a volume beside whoever uses it, in a mount namespace that ends with this, and archives what lies above the template. */
const packScript = `
set -eu
place=$1 source=$2 options=$3 target=$4
shift 4
mount -t ext4 -o "$options" "$source" "$place"
exec tar --create --force-local --file "$target" --directory "$place/upper" --format=posix --pax-option=delete=atime,delete=ctime,delete=mtime --numeric-owner --sparse "$@" .
`;

/**
 * In a root of its own that holds tar and the target alone: whatever an archive's names and links point at, there is
 * nothing else to write to.
 */
const unpackScript = `
set -eu
jail=$1 target=$2 archive=$3
shift 3
mount -t tmpfs -o mode=755,size=1m none "$jail"
for name in usr bin lib lib64; do
  if [ -L "/$name" ]; then cp -P "/$name" "$jail/$name"
  elif [ -d "/$name" ]; then mkdir "$jail/$name"; mount --bind -o ro "/$name" "$jail/$name"
  fi
done
mkdir "$jail/layer"
mount --bind "$target" "$jail/layer"
touch "$jail/archive"
mount --bind -o ro "$archive" "$jail/archive"
exec chroot "$jail" tar --extract --file /archive --directory /layer --numeric-owner --same-owner --preserve-permissions "$@"
`;

const inOwnMounts = (script: string, args: readonly string[]) =>
  ['--mount', '--propagation', 'private', 'sh', '-c', script, 'layer', ...args] as const;

/** Something holds more MiB than it may. */
export class LargerThan extends Error {
  override readonly name = 'LargerThan';

  constructor(mostMib: number) {
    super(`it holds more than ${mostMib} MiB`);
  }
}

/** An archive on disk. */
export interface Archive {
  readonly digest: string;
  readonly sizeBytes: number;
}

/**
 * Archives what a sandbox wrote on its volume: a device, or the volume's file where nothing uses it. `onRead` is called
 * once the volume is not needed any more.
 */
export async function packVolume(
  { source, inUse, place }: { source: string; inUse: boolean; place: string },
  target: string,
  onRead: () => Promise<void>,
): Promise<Archive> {
  // In use it is the same file system for both, which cannot be read-only for one of them.
  const options = inUse ? 'nosuid,nodev,noexec' : 'loop,ro,nosuid,nodev,noexec';
  await writeFile(target, '', { mode: 0o600 });
  // By tar itself: through us, 10,000 small files took half as long again.
  const child = spawn('unshare', inOwnMounts(packScript, [place, source, options, target, ...attributes]), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return settle(target, endOf(child, 'The copy failed').then(onRead));
}

/** Sees to it that a file that is being written stays, and says what it is. */
async function settle(path: string, written: Promise<void>): Promise<Archive> {
  const file = await open(path);
  try {
    const [digest] = await Promise.all([digestOf(file, written), written.then(() => file.sync())]);
    const { size } = await file.stat();
    return { digest, sizeBytes: size };
  } finally {
    await file.close();
  }
}

/** Unpacks an archive into an empty directory, of the bench that `enter` leads to. Nothing of it has been looked at yet. */
export async function unpackArchive(
  archive: string,
  target: string,
  jail: string,
  { enter, signal }: { enter: readonly string[]; signal?: AbortSignal } = { enter: [] },
): Promise<void> {
  const command = [...enter, 'unshare', ...inOwnMounts(unpackScript, [jail, target, archive, ...attributes])];
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'], signal });
  await endOf(child, 'The archive cannot be unpacked');
}

const treeArguments = (root: string, target: string) =>
  ['-C', root, '--sort=name', '--mtime=@0', '--numeric-owner', '--force-local', '-cf', target, '.'] as const;

/** A directory as an archive that is always the same for the same content: times are left out. Its digest is that of templates. */
export function packTree(root: string): { readonly stream: Readable; readonly ended: Promise<void> } {
  const child = spawn('tar', treeArguments(root, '-'), { stdio: ['ignore', 'pipe', 'pipe'] });
  return { stream: child.stdout, ended: endOf(child, 'The template cannot be read') };
}

/** Archives a root that was built at a bench, but for its devices. Throws LargerThan. */
export async function packRoot(
  root: string,
  target: string,
  { enter, mostMib }: { enter: readonly string[]; mostMib: number },
): Promise<Archive> {
  const at = (program: string, ...args: readonly string[]) =>
    promisify(execFile)(enter[0]!, [...enter.slice(1), program, ...args]);
  await at('find', root, '-xdev', '(', '-type', 'b', '-o', '-type', 'c', ')', '-delete');
  // Holes are no holes in the archive.
  const { stdout } = await at('du', '--apparent-size', '--summarize', '--block-size=1M', root);
  if (Number.parseInt(stdout, 10) > mostMib) throw new LargerThan(mostMib);
  await writeFile(target, '', { mode: 0o600 });
  const packing = at('tar', ...treeArguments(root, target));
  return settle(
    target,
    packing.then(() => undefined),
  );
}

/** Waits for a program; throws with its last words where it fails. */
function endOf(child: ChildProcess, sentence: string): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => void (said = `${said}${chunk.toString()}`.slice(-2000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${sentence}: ${said.trim() || `tar ended with ${code}`}`)),
    );
  });
}
