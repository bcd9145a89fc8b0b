import { randomUUID } from 'node:crypto';
import { CreateSandboxResponseSchema, ExpiryAction, ObservedState, OnDisconnect } from '#proto/muster/v1/sandbox_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { sayWhen } from '../output/time.ts';
import { networkFrom, type NetworkOptions } from './network.ts';
import type { Session } from '../session/session.ts';

/** Options of `muster sandboxes create`. */
export interface CreateOptions extends NetworkOptions {
  readonly template?: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly disk?: number;
  readonly pids?: number;
  readonly timeout?: { readonly seconds: bigint };
  readonly env?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly hostLabel?: Readonly<Record<string, string>>;
  readonly onDisconnect?: 'pause' | 'keep';
  readonly onExpiry?: 'destroy' | 'stop' | 'pause';
  readonly autoRenew?: { readonly seconds: bigint };
  readonly autoResume?: boolean;
  /** False: it never ends by itself. */
  readonly expiry?: boolean;
  readonly requestId?: string;
}

const onDisconnect = { pause: OnDisconnect.PAUSE, keep: OnDisconnect.KEEP } as const;
const onExpiry = { destroy: ExpiryAction.DESTROY, stop: ExpiryAction.STOP, pause: ExpiryAction.PAUSE } as const;

/** Creates a sandbox; its id alone goes to standard output. */
export async function createSandbox(session: Session, options: CreateOptions): Promise<void> {
  const { cpu, memory: memoryMib, disk: diskMib, pids } = options;
  const answer = await session.sandboxes.createSandbox({
    template: options.template ?? '',
    limits: { cpu, memoryMib, diskMib, pids },
    timeout: options.timeout,
    env: options.env ?? {},
    metadata: options.metadata ?? {},
    hostLabels: options.hostLabel ?? {},
    onDisconnect: options.onDisconnect ? onDisconnect[options.onDisconnect] : OnDisconnect.UNSPECIFIED,
    onExpiry: options.onExpiry ? onExpiry[options.onExpiry] : ExpiryAction.UNSPECIFIED,
    autoRenew: options.autoRenew,
    autoResume: options.autoResume ?? false,
    noExpiry: options.expiry === false,
    ...networkFrom(options),
    requestId: options.requestId ?? randomUUID(),
  });
  if (session.json || !answer.sandbox) return printJson(session.stdout, CreateSandboxResponseSchema, answer);
  const { id, observed, reason, hostName, expiresAt } = answer.sandbox;
  if (observed === ObservedState.FAILED) throw new CliError(`${id} failed: ${reason}`, exitCodes.failure);
  session.stdout.write(`${id}\n`);
  const end = expiresAt ? `, ends ${sayWhen(expiresAt)}` : '';
  session.stderr.write(
    `${answer.sandbox.stateLabel} on ${hostName}${end}. Try: muster sandboxes run ${id} -- uname -a\n`,
  );
}
