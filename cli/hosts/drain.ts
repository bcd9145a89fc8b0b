import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  DrainAction,
  DrainHostResponseSchema,
  DrainState,
  type Host,
  type HostDrain,
  type WatchHostsResponse,
} from '#proto/muster/v1/host_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord, sayCount } from '../output/words.ts';
import { withoutDeadline, type Session, type SessionOptions } from '../session/session.ts';
import { write } from '../surroundings.ts';
import { hostIdOf } from './find.ts';

/** What a drain does with sandboxes that are left. */
export const drainActions = { wait: DrainAction.WAIT, stop: DrainAction.STOP, destroy: DrainAction.DESTROY } as const;

/** Options of `muster hosts drain`. */
export interface DrainOptions extends SessionOptions {
  readonly reason: string;
  readonly then: keyof typeof drainActions;
  readonly deadline?: { readonly seconds: bigint };
  readonly wait?: boolean;
}

/** Empties a host, and follows that to its end where it is asked to. */
export async function drainHost(session: Session, nameOrId: string, options: DrainOptions): Promise<void> {
  const { reason, then, deadline, wait = false } = options;
  const hostId = await hostIdOf(session, nameOrId);
  const answer = await session.hosts.drainHost({ hostId, reason, action: drainActions[then], deadline });
  if (wait) return followDrain(session, hostId);
  if (session.json) return printJson(session.stdout, DrainHostResponseSchema, answer);
  session.stdout.write(`${answer.host?.name} takes no new sandboxes. ${sayDrain(answer.host?.drain)}\n`);
}

const againMs = 1000;

/** Prints how far it is until it has ended; also across restarts of the control plane. */
async function followDrain(session: Session, hostId: string): Promise<void> {
  let said = '';
  for (;;) {
    try {
      for await (const { event } of session.hosts.watchHosts({ hostId }, withoutDeadline)) {
        const host = hostIn(event);
        if (!host) continue;
        if (!host.drain) throw new CliError('The drain was cancelled.', exitCodes.failure);
        const sentence = `${sayDrain(host.drain)}\n`;
        if (sentence !== said) await write(session.stdout, sentence);
        said = sentence;
        if (host.drain.state === DrainState.DRAINED) return;
        if (host.drain.state === DrainState.GAVE_UP) throw new CliError('The host is not empty.', exitCodes.failure);
      }
    } catch (error) {
      if (!(error instanceof ConnectError) || error.code !== Code.Unavailable) throw error;
    }
    await delay(againMs, undefined, { signal: session.signal });
  }
}

function hostIn({ case: kind, value }: WatchHostsResponse['event']): Host | undefined {
  if (kind === 'changed') return value;
  return kind === 'snapshot' ? value.hosts[0] : undefined;
}

/** A drain in a few words. */
export function sayDrain(drain: HostDrain | undefined): string {
  if (!drain) return '';
  const { state, sandboxesAtStart, sandboxesLeft, progress, deadlineAt } = drain;
  const count = `${Math.max(0, sandboxesAtStart - sandboxesLeft)} of ${sayCount(sandboxesAtStart, 'sandbox')} out of the way`;
  switch (state) {
    case DrainState.DRAINED:
      return 'Drained: nothing runs there any more.';
    case DrainState.GAVE_UP:
      return `Its deadline has passed with ${sayCount(sandboxesLeft, 'sandbox')} left.`;
    default:
      return `Draining: ${count}${deadlineAt ? `; ${enumWord(DrainAction, drain.action)} at the deadline ${sayWhen(deadlineAt)}` : ''}. ${progress}`.trim();
  }
}
