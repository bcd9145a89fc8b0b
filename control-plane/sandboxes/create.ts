import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { lastly, newId } from '../database/index.ts';
import { hostUnreachable, notFound } from '../errors.ts';
import { watchChanges } from '../events/index.ts';
import { defaultNetwork, lockPlacement, placeSandbox } from '../scheduling/index.ts';
import { holdTeam } from '../teams/index.ts';
import { insertSandbox, type NewSandbox } from './changes.ts';
import { visibleSandbox } from './find.ts';
import type { Hands } from './images.ts';
import type { ExpiryAction, OnDisconnect, Sandbox } from './sandbox.ts';
import type { Network } from './network.ts';
import { requireEndlessLife, requireQuota } from './quota.ts';
import { startSandbox } from './start.ts';
import { findByRequest, findByRequests, type Order } from './store.ts';

/** What somebody asks for, defaults filled in. */
export interface SandboxRequest {
  readonly teamId: string;
  readonly template: string;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly diskMib: number;
  readonly pids: number;
  readonly env: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly onDisconnect: OnDisconnect;
  readonly hostLabels: Readonly<Record<string, string>>;
  /** The only host that it may run on; null for all. */
  readonly boundHostId: string | null;
  /** Null: it does not expire. */
  readonly timeoutMs: number | null;
  readonly onExpiry: ExpiryAction;
  readonly autoResume: boolean;
  readonly autoRenewMs: number | null;
  /** `auto`: egress where a host offers it. */
  readonly network: Network['network'] | 'auto';
  readonly egress: Network['egress'];
  /** Empty: the call is not repeatable. */
  readonly requestId: string;
}

/**
 * Places a sandbox and starts it; answers when it runs or has ended. The same request id answers the same sandbox, also
 * while the first call is under way. Throws NO_HOST_FITS; HOST_UNREACHABLE when it stays pending.
 */
export async function createSandbox(context: Context, calls: Hands, request: SandboxRequest): Promise<Sandbox> {
  const placed = await place(context, calls, request);
  if ('order' in placed) {
    const started = await startSandbox(context, calls, placed.order);
    return started ?? visibleSandbox(context, placed.order.id);
  }
  return settled(context, placed.existing);
}

/** The sandbox that is to be started, or the one that the same request has made before. */
type Placed = { readonly order: Order } | { readonly existing: string };

/** Chooses the host and inserts the row: one transaction, of which only one runs at a time. */
async function place(context: Context, hands: Hands, request: SandboxRequest): Promise<Placed> {
  const { teamId, requestId } = request;
  const ids: string[] = [];
  const placing = context.transaction<Placed>(async (sql) => {
    // Under the lock: a repeat that comes at the same time must find the first one's row, not a full fleet. The team's
    // row is held, too: it cannot be deleted before the sandbox is there to be destroyed with it.
    const held = Promise.all([
      lockPlacement(sql),
      holdTeam(sql, teamId),
      requestId === '' ? undefined : findByRequest(sql, teamId, requestId),
    ]);
    // On the same way to the database; what it says comes last.
    const image = Promise.all([
      hands.resolve(sql, teamId, request.template),
      request.network === 'auto' ? defaultNetwork(sql, teamId) : request.network,
    ]);
    image.catch(() => undefined);
    const [, quota, existing] = await held;
    if (existing !== undefined) return { existing };
    if (quota === undefined) throw notFound('team');
    if (request.timeoutMs === null) requireEndlessLife(quota);
    await requireQuota(sql, teamId, quota, { ...request, sandboxes: 1 });
    const [layers, network] = await image;
    const { hostId, turn } = await placeSandbox(sql, { ...request, network, layers, exceptHosts: [] });
    const { timeoutMs, ...rest } = request;
    const sandbox: NewSandbox = {
      ...rest,
      network,
      egress: network === 'egress' ? (request.egress ?? {}) : null,
      networkRevision: 0,
      layers,
      id: newId('sbx'),
      attempt: 1,
      hostId,
      expiresInMs: timeoutMs,
      createdBy: context.caller.actor,
      replicaId: context.replicaId,
      requestId: requestId || null,
    };
    const { id, template, metadata } = sandbox;
    ids.push(id);
    const placed = [
      turn,
      insertSandbox(sql, sandbox, 'Placed on a host.'),
      recordAudit(sql, context, {
        action: 'sandbox.create',
        target: id,
        teamId,
        after: { template, hostId, metadata },
      }),
    ];
    return lastly(placed, { order: sandbox });
  });
  try {
    return await placing;
  } catch (error) {
    // The answer to the commit may be all that was lost.
    hands.lost.note(error, ...ids.map((id) => ({ id, attempt: 1 })));
    throw error;
  }
}

/** What these requests have created before, in their order, once it is more than pending. */
export async function createdBefore(
  context: Context,
  teamId: string,
  requestIds: readonly string[],
): Promise<Sandbox[]> {
  const ids = await findByRequests(context.sql, teamId, requestIds);
  return Promise.all(ids.map((id) => settled(context, id)));
}

/** Less than a call may take: its caller is told to repeat it, and not that it took too long. */
const settledWithinMs = 45_000;

/** The sandbox of an earlier call, once it is more than pending. */
async function settled(context: Context, id: string): Promise<Sandbox> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(settledWithinMs)]);
  for await (const _ of watchChanges(context.bus, ['sandbox'], signal, (change) => change.id === id)) {
    const sandbox = await visibleSandbox(context, id);
    if (sandbox.observed !== 'pending') return sandbox;
  }
  throw hostUnreachable(`${id} is still pending.`);
}
