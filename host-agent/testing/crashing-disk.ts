import { syncBuiltinESMExports } from 'node:module';
import fs from 'node:fs/promises';

/** The machine went down in the middle of it. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

interface Handle {
  writeFile(content: string): Promise<void>;
  chmod(mode: number): Promise<void>;
  sync(): Promise<void>;
}

/** The disk of a machine that goes down at a chosen step: what was written half stays half, and nothing comes after it. */
export interface CrashingDisk {
  /** Steps since it was armed. */
  readonly steps: number;
  /** Goes down at this step, counted from one. Infinity: never. */
  crashAt(step: number): void;
  /** The real disk again. */
  restore(): void;
}

/** Takes the place of what this process changes files by. */
export async function crashingDisk(anyFile: string): Promise<CrashingDisk> {
  const real = { open: fs.open, rename: fs.rename };
  const handle = await real.open(anyFile, 'r');
  const proto = Object.getPrototypeOf(handle) as Handle; // the class is not exported
  await handle.close();
  // oxlint-disable-next-line typescript/unbound-method -- they are called on the handles that they belong to
  const { writeFile, chmod, sync } = proto;
  let steps = 0;
  let last = Infinity;

  /** Before, or in the middle of, a change. */
  const step = async (half?: () => Promise<unknown>) => {
    steps += 1;
    if (steps === last) await half?.();
    if (steps >= last) throw new Crash(`at step ${last}`);
  };
  fs.open = async (...args) => {
    if (args[1] === 'w') await step();
    else if (steps >= last) throw new Crash('it is down');
    return real.open(...args);
  };
  fs.rename = async (...args) => {
    await step();
    await real.rename(...args);
    await step();
  };
  proto.writeFile = async function (this: Handle, content) {
    await step(() => writeFile.call(this, content.slice(0, content.length / 2)));
    return writeFile.call(this, content);
  };
  proto.chmod = async function (this: Handle, mode) {
    await step();
    return chmod.call(this, mode);
  };
  proto.sync = async function (this: Handle) {
    await step();
    return sync.call(this);
  };
  syncBuiltinESMExports();

  return {
    get steps() {
      return steps;
    },
    crashAt(at) {
      steps = 0;
      last = at;
    },
    restore() {
      Object.assign(fs, real);
      Object.assign(proto, { writeFile, chmod, sync });
      syncBuiltinESMExports();
    },
  };
}
