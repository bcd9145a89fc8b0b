import {
  DriftDecision,
  GetDriftResponseSchema,
  SettleDriftResponseSchema,
  type Drift,
} from '#proto/muster/v1/host_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { printFacts } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { sayCount } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster hosts drift`. */
export interface DriftOptions extends SessionOptions {
  readonly openWindow?: boolean;
  readonly accept?: boolean;
  readonly reason?: string;
}

/** Shows whether the database is older than what hosts have seen, or decides about it. */
export async function drift(
  session: Session,
  { openWindow = false, accept = false, reason }: DriftOptions,
): Promise<void> {
  if (!openWindow && !accept) {
    const answer = await session.hosts.getDrift({});
    return session.json ? printJson(session.stdout, GetDriftResponseSchema, answer) : show(session, answer.drift);
  }
  if (openWindow && accept) throw new CliError('Give --open-window or --accept, not both.', exitCodes.usage);
  if (!reason) throw new CliError('Say why with --reason: it stands in the audit.', exitCodes.usage);
  const decision = accept ? DriftDecision.ACCEPT : DriftDecision.OPEN_WINDOW;
  const answer = await session.hosts.settleDrift({ decision, reason });
  return session.json ? printJson(session.stdout, SettleDriftResponseSchema, answer) : show(session, answer.drift);
}

function show(session: Session, found: Drift | undefined): void {
  if (!found) {
    session.stdout.write('There is no drift: the database is as new as anything that hosts have seen.\n');
    return;
  }
  printFacts(session.stdout, [
    ['Since', sayWhen(found.since)],
    ['Noticed by', found.hostId],
    ['Behind', `${sayCount(Number(found.lostSteps), 'step')} that hosts have seen`],
    ['Hosts', sayCount(found.hosts, 'host')],
    ['Finding', found.finding],
    ['Window', found.windowUntil ? `open, ends ${sayWhen(found.windowUntil)}` : 'closed'],
    ['Taken back', sayCount(found.reestablishedHosts, 'host')],
  ]);
}
