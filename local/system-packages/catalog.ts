import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Something that Muster needs from the machine and that npm cannot bring. */
export interface Need {
  /** What it is for, as the end of "needed …". */
  readonly why: string;
  /** Debian's packages. */
  readonly packages: readonly string[];
  /** What a person must do where no package helps. */
  readonly byHand?: string;
  readonly isHere: () => boolean;
}

/** What `npm start` needs. What needs none of these works without. */
export const needs: readonly Need[] = [
  { why: 'to run sandboxes', packages: ['crun'], isHere: () => hasProgram('crun') || hasProgram('runc') },
  {
    why: "to compile the sandboxes' first process",
    packages: ['gcc', 'libc6-dev'],
    isHere: () => (hasProgram('gcc') || hasProgram('cc')) && existsSync('/usr/include/stdio.h'),
  },
  { why: 'to make the base template', packages: ['mmdebstrap'], isHere: () => hasProgram('mmdebstrap') },
  { why: 'to make templates from images of registries', packages: ['skopeo'], isHere: () => hasProgram('skopeo') },
  { why: 'to make templates from images of registries', packages: ['umoci'], isHere: () => hasProgram('umoci') },
  { why: 'to give each sandbox a disk of its own', packages: ['e2fsprogs'], isHere: () => hasProgram('mkfs.ext4') },
  { why: 'to give sandboxes a network', packages: ['nftables'], isHere: () => hasProgram('nft') },
  { why: 'to give sandboxes a network', packages: ['iproute2'], isHere: () => hasProgram('ip') },
  { why: 'to follow commits', packages: ['git'], isHere: () => hasProgram('git') },
];

/** What of them is missing here. */
export const missingOf = (all: readonly Need[]): readonly Need[] => all.filter(({ isHere }) => !isHere());

/** The packages of these needs, each once. */
export const packagesOf = (all: readonly Need[]): readonly string[] => [
  ...new Set(all.flatMap(({ packages }) => packages)),
];

/** Whether a program can be found; `sbin` counts, too, where the user's PATH leaves it out. */
export function hasProgram(name: string): boolean {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
