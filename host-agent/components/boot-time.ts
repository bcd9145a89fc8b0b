import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../enrolment/atomic-file.ts';
import { readBootId } from '../machine/specs.ts';

/** The machine's two clocks: the wall's, which is set now and then, and the one since boot, which only goes on. */
interface Clocks {
  readonly bootId: () => Promise<string>;
  readonly wallMs: () => number;
  readonly sinceBootMs: () => number;
}

const machineClocks: Clocks = {
  bootId: readBootId,
  wallMs: () => Date.now(),
  sinceBootMs: () => uptime() * 1000,
};

const schema = z.object({ boot_id: z.string(), at_ms: z.number() });

/** Both clocks are read one after the other, and one of them in hundredths of a second. */
const toleranceMs = 1000;

/**
 * When the machine was booted, by its wall clock: as that was when it was behind the most in this boot. Files have the wall's
 * time of when they were written, so that a process that is placed by this never looks younger than a file that came after
 * it, however the clock is set meanwhile. Kept on disk: an agent that is restarted must not believe the clock that it finds.
 */
export class BootTime {
  readonly #path: string | undefined;
  readonly #clocks: Clocks;
  #bootId: string | undefined;
  #atMs: number | undefined;

  /** Without a folder it is remembered as long as this process runs. */
  constructor(dataDir?: string, clocks: Clocks = machineClocks) {
    this.#path = dataDir === undefined ? undefined : join(dataDir, 'boot-time.json');
    this.#clocks = clocks;
  }

  /** In milliseconds of the wall clock. The same as before, unless the clock was set back. */
  async read(): Promise<number> {
    this.#bootId ??= await this.#clocks.bootId();
    const known = this.#atMs ?? (await this.#load());
    const atMs = this.#clocks.wallMs() - this.#clocks.sinceBootMs();
    const earliestMs = known !== undefined && known <= atMs + toleranceMs ? known : atMs;
    this.#atMs = earliestMs;
    if (earliestMs !== known) await this.#keep(earliestMs);
    return earliestMs;
  }

  async #load(): Promise<number | undefined> {
    if (this.#path === undefined) return undefined;
    try {
      const found = schema.parse(JSON.parse(await readFile(this.#path, 'utf8')));
      return found.boot_id === this.#bootId ? found.at_ms : undefined;
    } catch {
      // There is none yet, or something else has written there.
      return undefined;
    }
  }

  async #keep(atMs: number): Promise<void> {
    if (this.#path === undefined) return;
    const text = JSON.stringify({ boot_id: this.#bootId, at_ms: atMs } satisfies Partial<z.infer<typeof schema>>);
    // A full disk is no reason to know nothing of what runs; this process remembers it.
    await writeAtomically(this.#path, `${text}\n`).catch(() => undefined);
  }
}
