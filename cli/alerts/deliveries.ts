import { create } from '@bufbuild/protobuf';
import {
  DeliveryEvent,
  DeliveryState,
  ListDeliveriesResponseSchema,
  RetryDeliveryResponseSchema,
  type Delivery,
} from '#proto/muster/v1/alert_pb.js';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { findChannel } from './channels.ts';

/** Options of `muster alerts deliveries`. */
export interface DeliveryOptions extends SessionOptions {
  readonly channel?: string;
  readonly dead?: boolean;
}

const columns: readonly Column<Delivery>[] = [
  { heading: 'ID', cell: ({ id }) => id },
  {
    heading: 'STATE',
    cell: ({ state }) => (state === DeliveryState.DEAD ? 'given up' : enumWord(DeliveryState, state)),
  },
  { heading: 'CHANNEL', cell: ({ channelName, recipient }) => [channelName, recipient].filter(Boolean).join(' ') },
  { heading: 'TELLS', cell: ({ event }) => enumWord(DeliveryEvent, event) },
  { heading: 'MADE', cell: ({ createdAt }) => sayWhen(createdAt) },
  { heading: 'ATTEMPTS', cell: ({ attempts }) => String(attempts), right: true },
  { heading: 'NEXT', cell: ({ nextAttemptAt }) => sayWhen(nextAttemptAt) },
  { heading: 'WHAT', cell: ({ title, lastError }) => lastError || title },
];

/** Prints deliveries. */
export async function listDeliveries(session: Session, { channel, dead }: DeliveryOptions): Promise<void> {
  const channelId = channel === undefined ? '' : (await findChannel(session, channel)).id;
  const state = dead ? DeliveryState.DEAD : DeliveryState.UNSPECIFIED;
  const deliveries = await allPages(async (pageToken) => {
    const answer = await session.alerts.listDeliveries({ channelId, state, pageSize: 1000, pageToken });
    return { items: answer.deliveries, nextPageToken: answer.nextPageToken };
  });
  if (session.json)
    return printJson(
      session.stdout,
      ListDeliveriesResponseSchema,
      create(ListDeliveriesResponseSchema, { deliveries }),
    );
  printTable(session.stdout, deliveries, columns, dead ? 'Nothing was given up.' : 'Nothing was sent yet.');
}

/** Puts a delivery in line again. */
export async function retryDelivery(session: Session, deliveryId: string): Promise<void> {
  const answer = await session.alerts.retryDelivery({ deliveryId });
  if (session.json || !answer.delivery) return printJson(session.stdout, RetryDeliveryResponseSchema, answer);
  session.stdout.write(`${deliveryId} is sent again to ${answer.delivery.channelName}.\n`);
}
