import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statfs } from 'node:fs/promises';

/** Formatted without a journal and without writing inode tables out: it is thrown away. */
const script = `
set -eu
file=$1 place=$2 size=$3
truncate --size "$size"M "$file"
mkfs.ext4 -qF -b4096 -m0 -i16384 -O^has_journal,^resize_inode -Elazy_itable_init=1,nodiscard "$file"
mount -t ext4 -o loop,noinit_itable "$file" "$place"
rm "$file"
echo ready
exec cat
`;

/** So little left, as a share of all, counts as full: what ran out of room may have tidied up after itself. */
const fullShare = 1 / 64;
const lookEveryMs = 100;

/** A place to work at that holds only so much, whatever is put there. */
export interface Bench {
  /** For programs that are started with `enter` before them. */
  readonly path: string;
  /** The same place for this process. */
  readonly seen: string;
  readonly enter: readonly string[];
  /** Whether it was ever full. */
  wasFull(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Mounts a volume of its own at an empty directory, in a mount namespace that only those share who enter it. It goes with
 * the last of them, whatever becomes of this process.
 */
export async function openBench({
  file,
  place,
  sizeMib,
}: {
  file: string;
  place: string;
  sizeMib: number;
}): Promise<Bench> {
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'bench', file, place, String(sizeMib)];
  const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined); // told by its end
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => void (said = `${said}${chunk.toString()}`.slice(-1000)));
  const ended = once(child, 'exit');
  const failed = ended.then(() => {
    throw new Error(`there is no place to build at: ${said.trim()}`);
  });
  failed.catch(() => undefined); // heard only until it is ready
  await Promise.race([once(child.stdout, 'data'), failed]);

  const seen = `/proc/${child.pid!}/root${place}`; // it has been started
  let isKnownFull = false;
  const look = async () => {
    const { bavail, blocks, ffree, files } = await statfs(seen);
    isKnownFull ||= bavail < blocks * fullShare || ffree < files * fullShare;
  };
  const looking = setInterval(() => void look().catch(() => undefined), lookEveryMs);
  return {
    path: place,
    seen,
    enter: ['nsenter', `--mount=/proc/${child.pid!}/ns/mnt`, '--'],
    async wasFull() {
      await look();
      return isKnownFull;
    },
    async close() {
      clearInterval(looking);
      child.stdin.end();
      await ended;
    },
  };
}
