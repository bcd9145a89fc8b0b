import { Backoff, type BackoffTimes } from '../backoff.ts';
import type { Context } from '../context.ts';
import type { Access } from '../enrolment/access.ts';
import type { Enrolled } from '../enrolment/rotation.ts';
import type { Contact } from './contact.ts';
import { dial, NotUpgradedError } from './dial.ts';
import { serveConnection, type RequestListener } from './serve.ts';

export interface ConnectionParts {
  readonly enrolled: Enrolled;
  readonly access: Access;
  readonly contact: Contact;
  readonly instanceId: string;
  readonly backoff: BackoffTimes;
  readonly pingEveryMs: number;
  readonly pingTimeoutMs: number;
  /** What is served on a connection; `onProved` is called once the control plane has accepted it. */
  listener(agentNonce: Uint8Array, onProved: () => void): RequestListener;
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

/** Answers why there is no connection any more. */
async function connectOnce(context: Context, parts: ConnectionParts, onProved: () => void): Promise<string> {
  const { enrolled, access, contact, instanceId, pingEveryMs, pingTimeoutMs } = parts;
  const token = await access.awaitToken(context.signal);
  try {
    const { socket, agentNonce } = await dial(context, enrolled.store.held, token, instanceId);
    const listener = parts.listener(agentNonce, () => {
      context.log.info({ connected: true }, 'Connected to the control plane.');
      contact.heard();
      onProved();
    });
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
  }
}
