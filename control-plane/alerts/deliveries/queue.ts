import { newId, type Sql } from '../../database/index.ts';
import type { Alert } from '../alert.ts';
import type { Message } from '../message.ts';
import type { AlertRule } from '../rules/rule.ts';
import { insertDeliveries, readReceivers } from './store.ts';

/** After so many attempts, about ten hours, a delivery is given up. */
export const mostAttempts = 20;

/** Puts what an alert tells in line for the channels of its rule, in the transaction of what it tells. */
export async function queueDeliveries(sql: Sql, alert: Alert, rule: AlertRule, message: Message): Promise<void> {
  const receivers = await readReceivers(sql, rule.channelIds.length === 0 ? 'all' : rule.channelIds);
  const deliveries = receivers.map((receiver) => ({ ...receiver, id: newId('dlv') }));
  await insertDeliveries(sql, deliveries, { alertId: alert.id, message, mostAttempts });
}
