import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { StartProblem } from '../problem.ts';
import type { Settings } from '../settings.ts';
import { ask } from './http.ts';

const preparedSchema = z.object({
  hostId: z.string(),
  fingerprint: z.string(),
  joinToken: z.string().optional(),
  hostStatus: z.string(),
});

/** The local host and the first repository, as the control plane knows them. */
export type Prepared = z.infer<typeof preparedSchema>;

/** JSON leaves out what is false. */
const askedSchema = z.object({ setupRequired: z.boolean().default(false) });

const setupSchema = z.object({ setupRequired: z.boolean(), setupLink: z.string().optional() });

/** What the control plane can be told by who may run its programs. */
export class Admin {
  readonly #settings: Settings;
  readonly #databaseUrl: string;

  constructor(settings: Settings, databaseUrl: string) {
    this.#settings = settings;
    this.#databaseUrl = databaseUrl;
  }

  /** Registers this clone and this machine where they are not yet. A token only where the machine has not joined. */
  async prepareLocal(): Promise<Prepared> {
    const { hostName, root } = this.#settings;
    const names = [
      '--host-name',
      hostName,
      '--repository-name',
      'muster',
      '--repository-path',
      root.replace(/\/+$/, ''),
    ];
    return preparedSchema.parse(await this.#run('prepare-local', ...names));
  }

  /** The one-time link for the first admin, as long as there is none. */
  async setupLink(): Promise<string | undefined> {
    // Another program takes half a second; the question whether it is needed takes none.
    const answer = await ask(`${this.#settings.localUrl}/muster.v1.SetupService/GetSetup`, {});
    if (answer?.status === 200 && !askedSchema.parse(JSON.parse(answer.text)).setupRequired) return undefined;
    return setupSchema.parse(await this.#run('setup-token')).setupLink;
  }

  #run(...args: string[]): Promise<unknown> {
    const { root, environment } = this.#settings;
    const program = join(root, 'control-plane', 'admin', 'main.ts');
    return new Promise((resolve, reject) => {
      const env = { ...environment, DATABASE_URL: this.#databaseUrl };
      execFile(process.execPath, [program, ...args], { cwd: root, env }, (error, stdout, stderr) => {
        if (error) reject(new StartProblem(stderr.trim() || `${args[0]} failed: ${error.message}`, { cause: error }));
        else resolve(JSON.parse(stdout));
      });
    });
  }
}
