import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CreateSandboxRequestSchema, HostSandbox } from '#proto/muster/agent/v1/host_agent_pb.js';
import type { Context } from '../context.ts';
import { hostUnreachable, Refusal } from '../errors.ts';
import { HostNotConnected, HostRefusal } from '../hosts/index.ts';
import { endAttempt, prolongAttempt, recordObserved } from './changes.ts';
import type { GivenKeys, Hands } from './images.ts';
import { placeAgain } from './place-again.ts';
import type { Sandbox } from './sandbox.ts';
import { findSandboxes, type Order } from './store.ts';
import { recordNetworkApplied } from './network-store.ts';
import { networkToProto } from './network.ts';
import { observedFrom, onDisconnectTo, onExpiryTo } from './wire.ts';

/** A host with its template ready answers in tens of milliseconds; a loaded one takes its time. */
const createTimeoutMs = 45_000;

/** How a call to create a sandbox on a host ended. */
type Outcome =
  | { readonly kind: 'answered'; readonly sandbox: HostSandbox; readonly keys: GivenKeys | undefined }
  /** The attempt is over there, and nothing of it will ever run. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody knows: only the host's inventory can tell. */
  | { readonly kind: 'unknown'; readonly error: unknown };

/**
 * Has the sandbox made on the host that it was placed on; after a definite failure on the next one. Returns when it runs
 * or has ended, with what is known of it where it runs. Throws HOST_UNREACHABLE when the answer was lost: it stays pending until the host's inventory tells.
 * What was asked for goes on when the caller goes away.
 */
export async function startSandbox(context: Context, calls: Hands, placed: Order): Promise<Sandbox | undefined> {
  for (let order: Order | undefined = placed; order !== undefined;) {
    const { id, attempt } = order;
    try {
      const outcome = await callHost(context, calls, order);
      if (outcome.kind === 'answered') return await recordAnswer(context, calls, order, outcome);
      if (outcome.kind === 'unknown') await giveUp(context, order, outcome.error);
      else order = await placeAgain(context, order, outcome.reason);
    } catch (error) {
      // Where it was to be placed again, nobody knows whether that was written.
      calls.lost.note(error, { id, attempt }, { id, attempt: attempt + 1 });
      throw error;
    }
  }
}

async function recordAnswer(
  context: Context,
  calls: Hands,
  order: Order,
  { sandbox, keys }: Extract<Outcome, { kind: 'answered' }>,
): Promise<Sandbox | undefined> {
  if (keys && sandbox.keysRevision === keys.revision) await calls.keysGiven(context, order, keys);
  return recordStarted(context, order, sandbox);
}

async function giveUp(context: Context, order: Order, cause: unknown): Promise<never> {
  await recordLostAnswer(context, order);
  throw hostUnreachable(
    `The answer of the host was lost; ${order.id} stays pending until the host tells what became of it.`,
    cause,
  );
}

async function callHost(context: Context, calls: Hands, order: Order): Promise<Outcome> {
  const asked = keysFor(context, calls, order);
  try {
    await calls.bring(context, order.hostId, order.layers, () => prolongAttempt(context.sql, order));
  } catch (error) {
    // Nothing was asked of the host yet.
    if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
    throw error;
  }
  const keys = await asked;
  if (keys && Object.keys(keys.variables).length > 0) await calls.keysGoing(context, order);
  try {
    const { sandbox } = await calls.call(order.hostId, createTimeoutMs, (client, options) =>
      client.createSandbox(requestFor(order, keys), options),
    );
    const state = sandbox && observedFrom(sandbox.state);
    if (state === 'running' || state === 'paused') return { kind: 'answered', sandbox: sandbox!, keys }; // its state is there
    if (state === 'failed') return { kind: 'refused', reason: sandbox?.reason || 'It failed on its host.' };
    return { kind: 'unknown', error: undefined };
  } catch (error) {
    const definite = error instanceof HostRefusal || error instanceof HostNotConnected;
    return definite ? { kind: 'refused', reason: error.message } : { kind: 'unknown', error };
  }
}

/** It begins without keys where they cannot be read now: they are brought to it afterwards. */
const keysFor = (context: Context, calls: Hands, { id, teamId }: Order): Promise<GivenKeys | undefined> =>
  calls.keysOf(context, teamId).catch((error: unknown) => {
    context.log.warn({ err: error, sandboxId: id }, 'a sandbox begins without the keys of its team');
    return undefined;
  });

function requestFor(order: Order, keys: GivenKeys | undefined): MessageInitShape<typeof CreateSandboxRequestSchema> {
  const { id, attempt, template, layers, cpuMillis, memoryMib, diskMib, pids, env, onDisconnect } = order;
  const { expiresInMs, onExpiry } = order;
  return {
    sandboxId: id,
    attempt,
    spec: {
      template,
      layers: [...layers],
      limits: { cpu: cpuMillis / 1000, memoryMib, diskMib, pids },
      env: { ...env },
      keys: keys && { revision: keys.revision, variables: { ...keys.variables } },
      ...networkToProto(order),
      networkRevision: BigInt(order.networkRevision),
      onDisconnect: onDisconnectTo(onDisconnect),
      hostname: id,
      expiresIn: expiresInMs === null ? undefined : durationFromMs(Math.round(expiresInMs)),
      onExpiry: onExpiryTo(onExpiry),
    },
  };
}

/** Nothing is written where the sandbox was destroyed meanwhile, or its inventory was quicker. */
function recordStarted(context: Context, { id, attempt }: Order, sandbox: HostSandbox): Promise<Sandbox | undefined> {
  const { revision: hostRevision, networkRevision } = sandbox;
  const observed = observedFrom(sandbox.state) ?? 'running';
  return context.together(async (sql) => {
    const [, , [known]] = await Promise.all([
      recordObserved(sql, { id, attempt, since: undefined, observed, hostRevision, reason: 'Started.' }),
      networkRevision > 0n ? recordNetworkApplied(sql, id, attempt, Number(networkRevision)) : undefined,
      findSandboxes(sql, [id]),
    ]);
    return known;
  });
}

async function recordLostAnswer(context: Context, { id, attempt }: Order): Promise<void> {
  await endAttempt(context.sql, { id, attempt, outcome: 'unknown', reason: 'The answer of the host was lost.' });
}
