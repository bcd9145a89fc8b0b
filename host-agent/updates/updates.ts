import { spawn } from 'node:child_process';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigFile } from '../components/index.ts';
import { StartupError } from '../startup-error.ts';
import { findSupervisor, keepEnd, keepOrder, readEnd, readOrder, type End } from './journal.ts';
import type { UpdateSettings } from './settings.ts';

/** Why an update is not begun. */
export class UpdateRefusal extends Error {
  override readonly name = 'UpdateRefusal';
  readonly reason: 'not_offered' | 'busy';

  constructor(reason: UpdateRefusal['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export interface UpdateRequest {
  readonly updateId: string;
  readonly component: string;
  readonly kind: 'update' | 'return';
  readonly targetSha: string;
  /** Empty where it is not known. */
  readonly fromSha: string;
  readonly logOffset: number;
}

/** How far an update is. */
export interface Progress {
  readonly log: Uint8Array;
  /** Set when it has ended and its log is read. */
  readonly end: End | undefined;
}

const mostLogBytes = 256 * 1024;
/** Nobody asks for an update that ended so long ago. */
const keptMs = 30 * 86_400_000;
const supervisorProgram = fileURLToPath(new URL('supervisor.ts', import.meta.url));

/** The updates of this host's components. All that is known of them is on disk, so that it outlives the agent. */
export class Updates {
  readonly #root: string;
  readonly #configFile: Pick<ConfigFile, 'settings' | 'refresh'>;
  /** Updates are begun one after the other. */
  #beginning: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string, configFile: Pick<ConfigFile, 'settings' | 'refresh'>) {
    this.#root = join(dataDir, 'updates');
    this.#configFile = configFile;
  }

  /** Starts an update that is new, and says how far it is. Throws UpdateRefusal. */
  async apply(request: UpdateRequest): Promise<Progress> {
    const directory = join(this.#root, request.updateId);
    const begun = this.#beginning.then(() => this.#begin(directory, request));
    this.#beginning = begun.catch(() => undefined); // its caller hears of it
    await begun;
    // Read first: what was written before the end is in the log then.
    const end = await this.#endOf(directory);
    const log = await readFrom(join(directory, 'log'), request.logOffset);
    return { log: log.bytes, end: log.complete ? end : undefined };
  }

  /** Ends an update's command; one that was never begun never will be. */
  async stop(updateId: string): Promise<void> {
    const directory = join(this.#root, updateId);
    const created = await mkdir(directory, { recursive: true, mode: 0o700 });
    if (created !== undefined) return keepEnd(directory, { exitCode: -1, problem: 'It was never begun.' });
    if (await readEnd(directory)) return;
    const supervisor = await findSupervisor(directory);
    if (typeof supervisor === 'number') process.kill(supervisor, 'SIGTERM');
  }

  async #begin(directory: string, request: UpdateRequest): Promise<void> {
    if (await exists(directory)) return;
    const { argv, settings } = this.#commandOf(request);
    await this.#requireIdle(request.component);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await keepOrder(directory, {
      component: request.component,
      argv,
      workingDirectory: settings.directory,
      environment: environmentFor(request),
      timeoutMs: settings.timeoutMs,
    });
    const supervisor = spawn(process.execPath, [supervisorProgram, directory], {
      cwd: '/',
      stdio: 'ignore',
      detached: true,
    });
    supervisor.on('error', () => undefined); // its silence is noticed
    supervisor.unref();
  }

  #commandOf({ component, kind }: UpdateRequest): { argv: string[]; settings: UpdateSettings } {
    this.#readConfig();
    const settings = this.#configFile.settings.updates.get(component);
    const argv = kind === 'update' ? settings?.command : settings?.returnCommand;
    if (!settings || !argv)
      throw new UpdateRefusal(
        'not_offered',
        `This host's config names no command that ${kind === 'update' ? 'updates' : 'returns'} ${component}: add it under "updates" in the agent's config.`,
      );
    return { argv, settings };
  }

  /** What the config says at this moment counts; a wrong one runs nothing. */
  #readConfig(): void {
    try {
      this.#configFile.refresh();
    } catch (error) {
      if (error instanceof StartupError)
        throw new UpdateRefusal('not_offered', `This host's config is wrong: ${error.message}`, { cause: error });
      throw error;
    }
  }

  /** Throws where another update of the component runs. Forgets what ended long ago on the way. */
  async #requireIdle(component: string): Promise<void> {
    for (const updateId of await readdir(this.#root).catch(() => [])) {
      const directory = join(this.#root, updateId);
      if (await this.#endOf(directory)) {
        if (Date.now() - (await stat(directory)).mtimeMs > keptMs)
          await rm(directory, { recursive: true, force: true });
        continue;
      }
      const order = await readOrder(directory);
      if (order.component === component)
        throw new UpdateRefusal('busy', `Another update of ${component} runs on this host.`);
    }
  }

  /** How it ended; undefined while it runs. What nobody watches over any more has been interrupted. */
  async #endOf(directory: string): Promise<End | undefined> {
    const end = await readEnd(directory);
    if (end || (await findSupervisor(directory)) !== 'gone') return end;
    // It may have ended between the two looks.
    const late = await readEnd(directory);
    if (late) return late;
    const interrupted = {
      exitCode: -1,
      problem: 'The command was interrupted: the machine was restarted, or what watched over the command was killed.',
    };
    await keepEnd(directory, interrupted);
    return interrupted;
  }
}

/** The machine's own environment, what the agent is told aside, and what is to be done. */
function environmentFor({ updateId, component, targetSha, fromSha }: UpdateRequest): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(MUSTER|NODE)_/.test(entry[0]),
  );
  return {
    ...Object.fromEntries(inherited),
    MUSTER_UPDATE_ID: updateId,
    MUSTER_COMPONENT: component,
    MUSTER_TARGET_SHA: targetSha,
    MUSTER_FROM_SHA: fromSha,
  };
}

async function readFrom(path: string, offset: number): Promise<{ bytes: Uint8Array; complete: boolean }> {
  if (!(await exists(path))) return { bytes: new Uint8Array(), complete: true };
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(mostLogBytes), position: offset });
    return { bytes: buffer.subarray(0, bytesRead), complete: offset + bytesRead >= size };
  } finally {
    await file.close();
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
