import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type Client, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { root } from '../../local/root.ts';
import { thinTransport } from './thin-transport.ts';

/** What the bench calls, as the first admin. */
export interface Api {
  readonly processes: Client<typeof ProcessService>;
  readonly sandboxes: Client<typeof SandboxService>;
  readonly snapshots: Client<typeof SnapshotService>;
  /** Where it is, and what to present there, for what is no call. */
  readonly http: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

const bringUpLimitMs = 600_000;

/** Muster as `npm start` brings it up, in a data directory of its own. */
export class WholeSystem {
  readonly #directory = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  readonly #environment: NodeJS.ProcessEnv;
  readonly #url: string;
  #running: ChildProcess | undefined;
  #output = '';

  private constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`;
    this.#environment = {
      ...process.env,
      DATABASE_URL: '',
      MUSTER_DATA_DIR: join(this.#directory, 'data'),
      MUSTER_LISTEN: `127.0.0.1:${port}`,
      MUSTER_PUBLIC_URL: '',
      // As the raw runtime's containers, which have none either.
      MUSTER_DEFAULT_NETWORK: 'none',
      // What is measured is not how we are slowed down.
      MUSTER_CALLS_PER_MINUTE: '100000000',
      MUSTER_RUNS_PER_SECOND: '10000000',
    };
  }

  static async prepare(): Promise<WholeSystem> {
    return new WholeSystem(await freePort());
  }

  /** Runs `npm start` until `isUp` says yes. */
  async start(isUp: () => Promise<boolean>): Promise<void> {
    this.#output = '';
    // A group of its own, to which we can send what Ctrl-C sends.
    const child = spawn('npm', ['start'], {
      cwd: root,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => void (this.#output += chunk.toString()));
    this.#running = child;
    const deadline = Date.now() + bringUpLimitMs;
    while (!(await isUp().catch(() => false))) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`npm start did not come up:\n${this.#output}`);
      await delay(20);
    }
  }

  /** Makes the first admin; answers calls in their name. */
  async setUp(): Promise<Api> {
    const { setupLink } = JSON.parse(await this.#admin('setup-token')) as { setupLink: string };
    const [setupToken = ''] = /mst_set_\w+/.exec(setupLink) ?? [];
    const admin = { name: 'Bench', email: 'bench@example.com', password: 'correct horse battery' };
    let cookie = '';
    await createClient(SetupService, this.#transport({ origin: this.#url })).completeSetup(
      { setupToken, ...admin },
      { onHeader: (headers) => void (cookie = headers.get('set-cookie')?.split(';')[0] ?? '') },
    );
    const signedIn = createClient(AuthService, this.#transport({ origin: this.#url, cookie }));
    const { token } = await signedIn.createUserToken({});
    const headers = { authorization: `Bearer ${token}` };
    const transport = thinTransport(this.#url, headers);
    return {
      processes: createClient(ProcessService, transport),
      sandboxes: createClient(SandboxService, transport),
      snapshots: createClient(SnapshotService, transport),
      http: { url: this.#url, headers },
    };
  }

  /** Whether the first part that people see is there. */
  async isServing(): Promise<boolean> {
    const { setupRequired } = await createClient(SetupService, this.#transport({})).getSetup({});
    return setupRequired;
  }

  /** Sends Ctrl-C and waits for the end. */
  async stop(): Promise<void> {
    const child = this.#running;
    if (!child?.pid || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    process.kill(-child.pid, 'SIGINT');
    await ended;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }

  #transport(headers: Readonly<Record<string, string>>) {
    const present: Interceptor = (next) => (request) => {
      for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
      return next(request);
    };
    return createConnectTransport({ baseUrl: this.#url, httpVersion: '1.1', interceptors: [present] });
  }

  #admin(...args: string[]): Promise<string> {
    const child = spawn(process.execPath, ['local/admin.ts', ...args], {
      cwd: root,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    return new Promise((resolve, reject) => {
      child.once('close', (code) =>
        code === 0 ? resolve(output) : reject(new Error(`npm run admin ${args.join(' ')} failed`)),
      );
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
