import { readdirSync, readFileSync } from 'node:fs';

/** Names (`<id>-<attempt>`) of all sandboxes on this machine whose volumes are in use, by the kernel's loop devices. */
export function volumesInUse(): readonly string[] {
  return readdirSync('/sys/block').flatMap((device) => {
    // The kernel names files as they are called below the mount that they are on.
    const [name, file] = backingFileOf(device).split('/').slice(-2);
    return name && file?.startsWith('volume') ? [name] : [];
  });
}

/** The file behind a loop device; empty for other devices, and where it has just been let go of. */
function backingFileOf(device: string): string {
  try {
    return readFileSync(`/sys/block/${device}/loop/backing_file`, 'utf8').trim();
  } catch {
    return '';
  }
}
