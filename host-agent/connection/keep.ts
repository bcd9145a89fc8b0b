import { Backoff, type BackoffTimes } from '../backoff.ts';
import type { Context } from '../context.ts';
import type { Access } from '../enrolment/access.ts';
import type { Enrolled } from '../enrolment/rotation.ts';
import type { Contact } from './contact.ts';
import { dial, NotUpgradedError } from './dial.ts';
import { serveConnection, type StreamListener } from './serve.ts';

export interface ConnectionParts {
  readonly enrolled: Enrolled;
  readonly access: Access;
  readonly contact: Contact;
  readonly instanceId: string;
  readonly backoff: BackoffTimes;
  readonly pingEveryMs: number;
  readonly pingTimeoutMs: number;
  /** A connection that stands so long after our proof was taken. */
  readonly keptAfterMs: number;
  /** What is served on a connection; `onProved` is called when our proof goes out. */
  listener(agentNonce: Uint8Array, onProved: () => void): StreamListener;
  /** The control plane did not accept the token: a heartbeat will tell why. */
  onTokenDoubted(): void;
}

/** Keeps one connection to the control plane, for ever: dials, serves, and dials again. Never returns. */
export async function keepConnection(context: Context, parts: ConnectionParts): Promise<never> {
  const backoff = new Backoff(parts.backoff);
  parts.contact.onReturn(() => backoff.wake());
  let lastProblem = '';
  for (;;) {
    const problem = await connectOnce(context, parts, () => {
      context.log.info({ connected: true }, 'Connected to the control plane.');
      backoff.reset();
      lastProblem = '';
    });
    context.signal.throwIfAborted();
    if (problem !== lastProblem)
      context.log.warn({ why: problem }, 'There is no connection to the control plane; trying again.');
    lastProblem = problem;
    await backoff.wait(context.signal);
  }
}

/**
 * Answers why there is no connection any more. `onKept` is called when the control plane has taken it: a second agent
 * instance is let go right after its proof, which must not count as a success.
 */
async function connectOnce(context: Context, parts: ConnectionParts, onKept: () => void): Promise<string> {
  const taking = new Taking(parts.keptAfterMs, onKept);
  const { enrolled, access, contact, instanceId, pingEveryMs, pingTimeoutMs } = parts;
  const token = await access.awaitToken(context.signal);
  try {
    const { socket, agentNonce } = await dial(context, enrolled.store.held, token, instanceId);
    const answer = parts.listener(agentNonce, () => {
      contact.heard();
      taking.proved();
    });
    const listener: StreamListener = (stream, headers) => {
      taking.asked();
      answer(stream, headers);
    };
    await serveConnection(socket, listener, {
      pingEveryMs,
      pingTimeoutMs,
      onAlive: () => contact.alive(),
      signal: context.signal,
    });
    return 'the connection ended';
  } catch (error) {
    if (!(error instanceof NotUpgradedError)) throw error;
    if (error.status === 401) parts.onTokenDoubted();
    return error.message;
  } finally {
    taking.end();
  }
}

/** Whether the control plane has taken a connection: it asks for something after the proof, or lets it stand. */
class Taking {
  readonly #afterMs: number;
  readonly #onKept: () => void;
  #timer: NodeJS.Timeout | undefined;
  #kept = false;

  constructor(afterMs: number, onKept: () => void) {
    this.#afterMs = afterMs;
    this.#onKept = onKept;
  }

  /** Our proof goes out. */
  proved(): void {
    this.#timer ??= setTimeout(() => this.#keep(), this.#afterMs);
  }

  /** A call begins. */
  asked(): void {
    if (this.#timer) this.#keep();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #keep(): void {
    clearTimeout(this.#timer);
    if (!this.#kept) this.#onKept();
    this.#kept = true;
  }
}
