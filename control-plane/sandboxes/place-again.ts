import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { Refusal } from '../errors.ts';
import { lockPlacement, placeSandbox } from '../scheduling/index.ts';
import { announce } from '../events/index.ts';
import { endAttempt, moveSandbox, recordObserved, type AttemptOutcome } from './changes.ts';
import { findTriedHosts, lockOrder, type Order } from './store.ts';

const mostAttempts = 3;

/**
 * The attempt has definitely failed on its host. Places the sandbox on another one, or ends it: destroyed where that is
 * wanted by now, failed where nobody is left to try. Answers the new order; undefined where there is nothing more to do.
 */
export function placeAgain(
  context: Context,
  failed: Pick<Order, 'id' | 'attempt'>,
  reason: string,
  outcome: AttemptOutcome = 'failed',
): Promise<Order | undefined> {
  return context.transaction(async (sql) => {
    // Before the sandbox's row, as everybody who takes both.
    await lockPlacement(sql);
    const order = await lockOrder(sql, failed.id);
    if (!order || order.attempt !== failed.attempt || order.observed !== 'pending') return undefined;
    const { id, attempt } = order;
    await endAttempt(sql, { id, attempt, outcome, reason });
    if (order.wanted === 'destroyed') return end(sql, order, 'destroyed', order.reason);
    if (attempt >= mostAttempts) return end(sql, order, 'failed', reason);
    const place = await otherPlace(sql, order);
    if (place instanceof Refusal) return end(sql, order, 'failed', `${reason} ${place.message}`);
    const moved = `Tried on another host: ${reason}`;
    await moveSandbox(sql, { id, hostId: place.hostId, replicaId: context.replicaId, reason: moved });
    await announce(sql, 'host', [order.hostId]);
    context.log.info(
      { sandboxId: id, from: order.hostId, to: place.hostId, reason },
      'a sandbox is tried on another host',
    );
    return { ...order, hostId: place.hostId, attempt: attempt + 1 };
  });
}

async function otherPlace(sql: Sql, order: Order): Promise<{ hostId: string } | Refusal> {
  try {
    const { hostId, turn } = await placeSandbox(sql, { ...order, exceptHosts: await findTriedHosts(sql, order.id) });
    await turn;
    return { hostId };
  } catch (error) {
    if (error instanceof Refusal && error.reason === Reason.NO_HOST_FITS) return error;
    throw error;
  }
}

async function end(
  sql: Sql,
  { id, attempt }: Order,
  observed: 'destroyed' | 'failed',
  reason: string,
): Promise<undefined> {
  await recordObserved(sql, { id, attempt, since: undefined, observed, hostRevision: undefined, reason });
}
