import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { HostCalls } from '../hosts/index.ts';
import { findUntold, findUntoldOf, recordTold, type UntoldExpiry } from './expiry-store.ts';
import { onExpiryTo } from './wire.ts';

const tellTimeoutMs = 10_000;
const atOnce = 1000;

/** Tells hosts when their sandboxes end, wherever that has changed: an agent that loses us carries it out by itself. */
export async function tellExpiries(context: Context, calls: HostCalls): Promise<{ told: number }> {
  const untold = await findUntold(context.sql, context.replicaId, atOnce);
  const results = await Promise.all(
    [...Map.groupBy(untold, ({ hostId }) => hostId)].map(async ([hostId, of]) => {
      const told = await tell(context, calls, hostId, of);
      return told ? of.length : 0;
    }),
  );
  return { told: results.reduce((sum, count) => sum + count, 0) };
}

/** Tells the host of one sandbox. Answers whether the host knows its end now. */
export async function tellExpiry(context: Context, calls: HostCalls, id: string): Promise<boolean> {
  const untold = await findUntoldOf(context.sql, id);
  return untold === undefined || tell(context, calls, untold.hostId, [untold]);
}

async function tell(
  context: Context,
  calls: HostCalls,
  hostId: string,
  untold: readonly UntoldExpiry[],
): Promise<boolean> {
  const expiries = untold.map(({ id, attempt, expiresInMs, onExpiry }) => ({
    sandboxId: id,
    attempt,
    expiresIn: expiresInMs === null ? undefined : durationFromMs(Math.round(expiresInMs)),
    onExpiry: onExpiryTo(onExpiry),
  }));
  const saidAt = untold.map((one) => BigInt(one.saidAt)).reduce((newest, at) => (at > newest ? at : newest), 0n);
  try {
    await calls.call(hostId, tellTimeoutMs, (client, options) => client.setExpiries({ expiries, saidAt }, options));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    context.log.debug({ hostId, why: error.message }, 'a host will be told later when its sandboxes end');
    return false;
  }
  await recordTold(context.sql, untold);
  return true;
}
