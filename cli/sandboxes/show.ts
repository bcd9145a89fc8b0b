import { comingEnd } from '#contract/expiry.ts';
import { ExpiryAction, GetSandboxResponseSchema, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { printJson } from '../output/json.ts';
import { sayPairs } from '../output/pairs.ts';
import { sayMib, trimmed } from '../output/size.ts';
import { printFacts } from '../output/table.ts';
import { sayTime, sayWhen } from '../output/time.ts';
import { sayNetwork } from './network.ts';
import type { Session } from '../session/session.ts';

/** Prints one sandbox. */
export async function showSandbox(session: Session, sandboxId: string): Promise<void> {
  const answer = await session.sandboxes.getSandbox({ sandboxId });
  if (session.json || !answer.sandbox) return printJson(session.stdout, GetSandboxResponseSchema, answer);
  printFacts(session.stdout, factsOf(answer.sandbox));
}

function factsOf(sandbox: Sandbox): [string, string][] {
  const { limits, endedAt } = sandbox;
  return [
    ['Id', sandbox.id],
    ['State', sandbox.stateLabel],
    ['Why', sandbox.reason],
    ['Host', sandbox.hostName && `${sandbox.hostName} (${sandbox.hostId})`],
    ['Template', sandbox.template],
    ['CPU', limits ? trimmed(limits.cpu) : ''],
    ['Memory', limits ? sayMib(limits.memoryMib) : ''],
    ['Disk', limits ? sayMib(limits.diskMib) : ''],
    ['Processes', limits ? `${limits.pids} at most` : ''],
    ['Network', sayNetwork(sandbox)],
    ['Metadata', sayPairs(sandbox.metadata)],
    ['Created', `${sayTime(sandbox.createdAt)} by ${sandbox.createdBy}`],
    ['Last use', sayWhen(sandbox.lastActivityAt)],
    ...(endedAt ? [['Ended', sayTime(endedAt)] as [string, string]] : [['Ends', sayEnd(sandbox)] as [string, string]]),
  ];
}

/** What its time does to it, and when. */
function sayEnd(sandbox: Sandbox): string {
  const end = comingEnd(sandbox);
  if (end === undefined) return sandbox.expiresAt ? 'not while it rests' : 'never';
  return `${sayWhen(end)}${afterwards[sandbox.onExpiry]}`;
}

const afterwards: Readonly<Record<ExpiryAction, string>> = {
  [ExpiryAction.UNSPECIFIED]: '',
  [ExpiryAction.DESTROY]: '',
  [ExpiryAction.STOP]: ', when it is stopped',
  [ExpiryAction.PAUSE]: ', when it is paused',
};
