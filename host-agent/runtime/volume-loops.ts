import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { volumeName } from './driver.ts';

/** The loop devices through which a sandbox's volume is in use now. */
export async function volumeLoops(home: string): Promise<string[]> {
  const volume = join(home, volumeName);
  // The kernel names the file as it is called below the mount that it is on: the whole path only where that is the root.
  const ending = `/${basename(home)}/${volumeName}`;
  const names = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'));
  const files = await Promise.all(
    names.map((name) => readFile(join('/sys/block', name, 'loop/backing_file'), 'utf8').catch(() => '')), // not attached
  );
  const devices = names.filter((_, index) => files[index]!.trimEnd().endsWith(ending)).map((name) => `/dev/${name}`);
  if (devices.length === 0) return [];
  const identity = identityOf(await stat(volume, { bigint: true }));
  const backing = await Promise.all(devices.map(backingOf));
  return devices.filter((_, index) => backing[index] === identity);
}

/** What a file is to the kernel, as `losetup` prints it. */
function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return `${ino} ${major}:${minor}`;
}

/** The same of the file behind a loop device; empty where it has just been let go of. */
const backingOf = (device: string): Promise<string> =>
  new Promise((resolve) => {
    execFile('losetup', ['--noheadings', '--output', 'BACK-INO,BACK-MAJ:MIN', device], (error, stdout) =>
      resolve(error ? '' : stdout.trim().replaceAll(/\s+/g, ' ')),
    );
  });

/** What e2fsck's codes up to this mean: nothing was wrong, or it has been put right. */
const mended = 1;

/** Puts a volume right that was in use when its machine went down. Quick where it was not. Throws where it cannot be. */
export function mendVolume(home: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // `-p` looks only at whether it was left properly; `-y` would guess.
    execFile('e2fsck', ['-p', join(home, volumeName)], (error, stdout) => {
      const code = error ? error.code : 0;
      if (code === undefined || typeof code === 'string')
        reject(new Error('e2fsck is missing: install e2fsprogs.', { cause: error }));
      else if (Number(code) <= mended) resolve();
      else reject(new Error(`its disk is damaged: ${stdout.trim().split('\n').at(-1) ?? ''}`, { cause: error }));
    });
  });
}
