import { recordAudit } from '../../audit/index.ts';
import type { Context } from '../../context.ts';
import { newId } from '../../database/index.ts';
import { notFound, wrongState } from '../../errors.ts';
import { announce } from '../../events/index.ts';
import { findChannel } from '../channels/store.ts';
import { testMessage } from '../message.ts';
import { deliver, leaseMs } from './deliver.ts';
import { mostAttempts } from './queue.ts';
import {
  claimDue,
  findDeliveries,
  insertDeliveries,
  lockDelivery,
  readReceivers,
  requeue,
  type Delivery,
} from './store.ts';

/** Sends a test to a channel now, once, and answers what became of it. */
export async function testChannel(context: Context, channelId: string): Promise<Delivery[]> {
  const { ids, due } = await context.transaction(async (sql) => {
    const channel = await findChannel(sql, channelId);
    if (!channel) throw notFound('channel');
    const receivers = await readReceivers(sql, [channelId]);
    const deliveries = receivers.map((receiver) => ({ ...receiver, id: newId('dlv') }));
    const message = testMessage(context.publicUrl, channel.name);
    await insertDeliveries(sql, deliveries, { alertId: null, message, mostAttempts: 1 });
    await recordAudit(sql, context, {
      action: 'alert_channel.test',
      target: channelId,
      after: { name: channel.name, deliveries: deliveries.map(({ id }) => id) },
    });
    const ids = deliveries.map(({ id }) => id);
    // Claimed before anybody else can see them: whoever asked is answered what became of them.
    return { ids, due: await claimDue(sql, ids.length, leaseMs(context), ids) };
  });
  await deliver(context, due);
  return findDeliveries(context.sql, ids);
}

/** Puts a delivery in line again, whatever became of it. */
export function retryDelivery(context: Context, id: string): Promise<Delivery> {
  return context.transaction(async (sql) => {
    const before = await lockDelivery(sql, id);
    if (!before) throw notFound('delivery');
    if (before.channelId === null)
      throw wrongState('Its channel was removed.', 'Make a new channel; what fires is told there from now on.');
    await requeue(sql, id, before.event === 'test' ? 1 : mostAttempts);
    const { channelId, channelName, event, state, attempts } = before;
    await recordAudit(sql, context, {
      action: 'alert_delivery.retry',
      target: id,
      after: { channel: channelId, name: channelName, event, state, attempts },
    });
    await announce(sql, 'delivery', [id]);
    const [after] = await findDeliveries(sql, [id]);
    if (!after) throw notFound('delivery');
    return after;
  });
}
