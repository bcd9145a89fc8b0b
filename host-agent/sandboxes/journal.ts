import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory, syncFile, writeDurably, writeWhole } from './durable.ts';
import { removeSmall } from '../runtime/index.ts';
import { attemptName, type SandboxRecord, sandboxRecord } from './record.ts';
import type { SandboxLog } from './types.ts';

const recordName = 'record.json';

/** The sandboxes of a data directory as they stand on disk: a directory each, with its record in it. */
export class Journal {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(directory: string): Promise<Journal> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new Journal(directory);
  }

  /** Where everything of one attempt is kept. */
  home(attempt: { sandboxId: string; attempt: number }): string {
    return join(this.#directory, attemptName(attempt));
  }

  /** Makes the directory and writes the first record: from now on the next agent finds it. Resolves when the next boot does, too. */
  begin(record: SandboxRecord): Promise<void> {
    const path = join(this.home(record), recordName);
    mkdirSync(this.home(record), { recursive: true, mode: 0o700 });
    writeFileSync(path, JSON.stringify(record), { mode: 0o600 });
    return syncFile(path).then(() => syncDirectory(this.#directory));
  }

  async save(record: SandboxRecord): Promise<void> {
    await writeDurably(join(this.home(record), recordName), JSON.stringify(record));
  }

  /** For what ends with the machine anyway, that something runs: the next agent must find it, the next boot need not. */
  saveForThisBoot(record: SandboxRecord): void {
    writeWhole(join(this.home(record), recordName), JSON.stringify(record));
  }

  /** Removes all that is left of an attempt: some small files. Its volume has gone before. */
  remove(attempt: { sandboxId: string; attempt: number }): void {
    removeSmall(this.home(attempt));
  }

  /** All records. One that cannot be read becomes that of a failed sandbox, so that it is seen and can be destroyed. */
  async load(log: SandboxLog | undefined): Promise<SandboxRecord[]> {
    const records: SandboxRecord[] = [];
    for (const name of await readdir(this.#directory)) {
      const [, sandboxId, attempt] = /^([0-9a-z]{1,64})-(\d{1,9})$/.exec(name) ?? [];
      if (!sandboxId || !attempt) continue;
      const key = { sandboxId, attempt: Number(attempt) };
      const record = await this.#read(key).catch((error: unknown) => {
        log?.warn({ err: error, ...key }, 'the record of a sandbox cannot be read');
        return unreadable(key);
      });
      if (record) records.push(record);
    }
    return records;
  }

  /** Undefined where a crash came before the first record: then nothing was done either. */
  async #read(key: { sandboxId: string; attempt: number }): Promise<SandboxRecord | undefined> {
    const text = await readFile(join(this.home(key), recordName), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text !== undefined) return sandboxRecord.parse({ ...JSON.parse(text), ...key });
    this.remove(key);
    return undefined;
  }
}

function unreadable(key: { sandboxId: string; attempt: number }): SandboxRecord {
  return {
    version: 1,
    ...key,
    state: 'failed',
    // Above every revision that it can have had.
    revision: 1_000_000_000,
    reason: "The host's record of this sandbox cannot be read. Destroy it.",
    pausedByAgent: false,
    onDisconnect: 'keep',
    template: '',
    layers: [],
    limits: { cpu: 1, memoryMib: 1, diskMib: 1, pids: 1 },
    env: {},
    hostname: '',
    firstId: 0,
    network: { mode: 'none' },
    networkRevision: 0,
    expirySaidAt: 0,
    bootId: '',
    changedAtMs: Date.now(),
    lastActivityAtMs: Date.now(),
  };
}
