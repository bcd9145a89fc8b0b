import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import type { Clients } from '../support/clients.ts';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/run.ts';
import type { Acknowledged } from './acknowledged.ts';

/** Work that goes on whatever happens. */
export interface Work {
  /** Lives of sandboxes that were completed. */
  readonly lives: number;
  /** Ends it after the present lives. */
  stop(): void;
  /** Resolves then. Rejects with what was answered other than what may be repeated. */
  readonly ended: Promise<unknown>;
}

const patienceMs = 90_000;
/** Small: many fit on the disk of an agent. */
export const limits = { cpu: 0.5, memoryMib: 64, diskMib: 16 };

/** So many callers make sandboxes, work in them, and leave or destroy them, one after the other. */
export function startWork(clients: Clients, callers: number, acknowledged: Acknowledged, random: () => number): Work {
  const ending = new AbortController();
  let lives = 0;
  const live = async () => {
    const id = await liveOnce(clients, acknowledged, random);
    if (id === undefined) return;
    if (random() < 0.7) await destroy(clients, id, acknowledged);
    lives += 1;
  };
  const working = Array.from({ length: callers }, async () => {
    while (!ending.signal.aborted) await live();
  });
  const ended = Promise.all(working);
  ended.catch(() => {}); // whoever waits for it is told
  return {
    get lives() {
      return lives;
    },
    stop: () => ending.abort(),
    ended,
  };
}

/** Makes a sandbox, writes into it, perhaps puts it to rest for a moment, and reads what was written. Answers undefined where it could not be started. */
async function liveOnce(
  clients: Clients,
  acknowledged: Acknowledged,
  random: () => number,
): Promise<string | undefined> {
  const { sandboxes } = clients;
  const requestId = randomUUID();
  const made = await healed(async () => (await sandboxes.createSandbox({ requestId, limits })).sandbox!);
  const sandboxId = made.id;
  acknowledged.told(sandboxId, 'running');
  // Where nobody knows what became of the call on the host, it is starting until that is known.
  const state = await settledState(clients, sandboxId);
  if (state === ObservedState.FAILED) {
    if (made.observed === ObservedState.RUNNING) throw new Error(`${sandboxId} was answered as running, and was lost`);
    acknowledged.failed(sandboxId);
    return undefined;
  }
  await write(clients, sandboxId, requestId);
  acknowledged.told(sandboxId, 'running', requestId);
  const rest = random();
  if (rest < 0.25) {
    await healed(() => sandboxes.pauseSandbox({ sandboxId }));
    acknowledged.told(sandboxId, 'paused');
    if (random() < 0.3) return sandboxId;
    await healed(() => sandboxes.resumeSandbox({ sandboxId }));
    acknowledged.told(sandboxId, 'running');
  } else if (rest < 0.4) {
    await healed(() => sandboxes.stopSandbox({ sandboxId }));
    acknowledged.told(sandboxId, 'stopped');
    if (random() < 0.3) return sandboxId;
    await healed(() => sandboxes.startSandbox({ sandboxId }));
    acknowledged.told(sandboxId, 'running');
  }
  if ((await settledState(clients, sandboxId)) === ObservedState.FAILED)
    throw new Error(`${sandboxId} ran, and was lost`);
  await expectMark(clients, sandboxId, requestId);
  return sandboxId;
}

/** Running, or ended. */
const settledState = (clients: Clients, sandboxId: string): Promise<ObservedState> =>
  eventually(
    `${sandboxId} runs`,
    async () => {
      const { sandbox } = await healed(() => clients.sandboxes.getSandbox({ sandboxId }));
      const observed = sandbox?.observed;
      return observed === ObservedState.RUNNING || observed === ObservedState.FAILED ? observed : undefined;
    },
    patienceMs,
  );

/** Destroys it, and says so. */
export async function destroy(clients: Clients, sandboxId: string, acknowledged: Acknowledged): Promise<void> {
  await healed(() => clients.sandboxes.destroySandbox({ sandboxId }));
  acknowledged.destroyed(sandboxId);
}

/** Writes a mark into it. */
export async function write(clients: Clients, sandboxId: string, mark: string): Promise<void> {
  const { code, stderr } = await healed(() =>
    run(clients, { sandboxId, argv: ['sh', '-c', `echo ${mark} > /root/mark`] }),
  );
  if (code !== 0) throw new Error(`${sandboxId}: the mark could not be written: ${stderr}`);
}

/** What was written is there. */
export async function expectMark(clients: Clients, sandboxId: string, mark: string): Promise<void> {
  const { code, stdout, stderr } = await healed(() => run(clients, { sandboxId, argv: ['cat', '/root/mark'] }));
  if (code !== 0 || stdout.trim() !== mark)
    throw new Error(`${sandboxId}: ${mark} was written, and there is ${stdout.trim() || stderr}`);
}

/** Repeats what may be repeated. */
export async function healed<T>(call: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!mayRepeat(error) || Date.now() > deadline) throw error;
      await delay(100);
    }
  }
}

/**
 * What the server says itself, and a connection that broke before it could. That no host fits is the truth while hosts are
 * cut off.
 */
function mayRepeat(error: unknown): boolean {
  const { code, cause } = ConnectError.from(error);
  return code === Code.Unavailable || code === Code.ResourceExhausted || isBroken(cause);
}

/** In the words of Node: reset, refused, or ended in the middle. */
const broken = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
]);

const isBroken = (cause: unknown): boolean =>
  cause instanceof Error && (('code' in cause && broken.has(String(cause.code))) || isBroken(cause.cause));
