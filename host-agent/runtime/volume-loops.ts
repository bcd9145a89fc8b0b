import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { volumeName } from './driver.ts';

/** The loop devices through which a sandbox's volume is in use now. */
export async function volumeLoops(home: string): Promise<string[]> {
  const volume = join(home, volumeName);
  const names = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'));
  const files = await Promise.all(
    names.map((name) => readFile(join('/sys/block', name, 'loop/backing_file'), 'utf8').catch(() => '')), // not attached
  );
  return names.filter((_, index) => files[index]!.trimEnd() === volume).map((name) => `/dev/${name}`);
}

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
