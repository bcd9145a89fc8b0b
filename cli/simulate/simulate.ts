import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Session, SessionOptions } from '../session/session.ts';

interface Duration {
  readonly seconds: bigint;
}

/** Options of `muster simulate`. */
export interface SimulateOptions extends SessionOptions {
  readonly hosts: number;
  readonly sandboxes: number;
  readonly fault?: readonly string[];
  readonly listFaults?: boolean;
  readonly faultEvery?: Duration;
  readonly seed: number;
  readonly prefix: string;
  readonly heartbeat?: Duration;
  readonly for?: Duration;
  readonly keep?: boolean;
}

const program = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url));

/** Runs the simulator as a process of its own, with the caller's rights; answers its exit code. Ctrl-C lets it tidy up. */
export async function simulate(session: Session, options: SimulateOptions): Promise<number> {
  const {
    hosts,
    sandboxes,
    fault = [],
    listFaults = false,
    faultEvery,
    seed,
    prefix,
    heartbeat,
    keep = false,
  } = options;
  const asked = {
    hosts,
    sandboxes,
    faults: fault,
    listFaults,
    seed,
    prefix,
    keep,
    faultEveryMs: msOf(faultEvery ?? { seconds: 5n }),
    heartbeatEveryMs: msOf(heartbeat),
    forMs: msOf(options.for),
  };
  const child = spawn(process.execPath, [program, JSON.stringify(asked)], {
    env: { ...session.environment, MUSTER_SERVER: session.server, MUSTER_TOKEN: tokenOf(session) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (text: Buffer) => session.stdout.write(text));
  child.stderr.on('data', (text: Buffer) => session.stderr.write(text));
  const stop = () => child.kill('SIGTERM');
  session.signal.addEventListener('abort', stop);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 1;
  } finally {
    session.signal.removeEventListener('abort', stop);
  }
}

const msOf = (duration: Duration | undefined) => duration && Number(duration.seconds) * 1000;

const tokenOf = ({ presented }: Session): string =>
  presented['x-api-key'] ?? presented.authorization?.replace(/^Bearer /, '') ?? '';
