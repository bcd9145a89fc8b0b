import type { Program } from '../runtime/compile.ts';

/** How muster-init is made: without a C library, so that nothing is in it but its own few files. */
export const initProgram: Program = {
  name: 'muster-init',
  sources: new URL('./native/', import.meta.url),
  flags: [
    '-std=gnu11',
    '-Os',
    '-Wall',
    '-ffreestanding',
    '-fno-stack-protector',
    '-fno-tree-loop-distribute-patterns',
    '-fno-asynchronous-unwind-tables',
    '-fno-pie',
    '-no-pie',
    '-static',
    '-nostdlib',
    '-Wl,--build-id=none,-z,noexecstack',
  ],
};
