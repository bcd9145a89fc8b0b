import type { Sql } from '../../database/index.ts';
import type { DeliveryEvent, Message } from '../message.ts';

export type DeliveryState = 'waiting' | 'delivered' | 'dead';

/** A message to a channel. */
export interface Delivery {
  readonly id: string;
  readonly sequence: string;
  /** Null where it is gone. */
  readonly channelId: string | null;
  readonly channelName: string;
  readonly recipient: string;
  readonly alertId: string | null;
  readonly event: DeliveryEvent;
  readonly title: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly lastError: string;
  readonly createdAt: Date;
  readonly nextAttemptAt: Date;
  readonly deliveredAt: Date | null;
}

const deliveryRow = (sql: Sql) => sql`
  select id, sequence::text, channel_id as "channelId", channel_name as "channelName", recipient, alert_id as "alertId", event,
    message ->> 'title' as title, state, attempts, last_error as "lastError", created_at as "createdAt",
    next_attempt_at as "nextAttemptAt", delivered_at as "deliveredAt"
  from alert_deliveries
`;

export interface DeliveryFilter {
  /** Empty: to all. */
  readonly channelId: string;
  /** Empty: of all. */
  readonly alertId: string;
  readonly state: DeliveryState | undefined;
}

/** Newest first, beginning below a number. */
export const listDeliveries = (
  sql: Sql,
  { channelId, alertId, state }: DeliveryFilter,
  below: string | undefined,
  limit: number,
) => sql<Delivery[]>`
  ${deliveryRow(sql)}
  where ${channelId} in ('', channel_id) and ${alertId} in ('', alert_id)
    and ${state === undefined ? sql`true` : sql`state = ${state}`}
    and ${below === undefined ? sql`true` : sql`sequence < ${below}::bigint`}
  order by sequence desc
  limit ${limit}
`;

export const findDeliveries = (sql: Sql, ids: readonly string[]) => sql<Delivery[]>`
  ${deliveryRow(sql)} where id = any(${ids as string[]}::text[]) order by sequence
`;

export async function lockDelivery(sql: Sql, id: string): Promise<Delivery | undefined> {
  const [row] = await sql<Delivery[]>`${deliveryRow(sql)} where id = ${id} for update`;
  return row;
}

/** To whom a channel's messages go: one for each address of a mail channel, else one. */
export const readReceivers = (sql: Sql, channelIds: readonly string[] | 'all') => sql<
  { channelId: string; channelName: string; recipient: string }[]
>`
  select id as "channelId", name as "channelName", recipient
  from alert_channels
  cross join lateral unnest(case when kind = 'mail' then recipients else array[''] end) as recipient
  where ${channelIds === 'all' ? sql`true` : sql`id = any(${channelIds as string[]}::text[])`}
  order by id, recipient
  for share of alert_channels
`;

export interface NewDelivery {
  readonly id: string;
  readonly channelId: string;
  readonly channelName: string;
  readonly recipient: string;
}

export async function insertDeliveries(
  sql: Sql,
  deliveries: readonly NewDelivery[],
  { alertId, message, mostAttempts }: { alertId: string | null; message: Message; mostAttempts: number },
): Promise<void> {
  if (deliveries.length === 0) return;
  await sql`
    insert into alert_deliveries (id, channel_id, channel_name, recipient, alert_id, event, message, most_attempts)
    select id, channel_id, channel_name, recipient, ${alertId}, ${message.event}, ${JSON.stringify(message)}::text::jsonb, ${mostAttempts}
    from unnest(${deliveries.map(({ id }) => id)}::text[], ${deliveries.map(({ channelId }) => channelId)}::text[],
      ${deliveries.map(({ channelName }) => channelName)}::text[], ${deliveries.map(({ recipient }) => recipient)}::text[])
      as wanted(id, channel_id, channel_name, recipient)
  `;
}

/** A delivery on its way, with where it goes. */
export interface DueDelivery {
  readonly id: string;
  readonly channelId: string;
  readonly sealed: Buffer;
  readonly recipient: string;
  readonly message: Message;
}

/**
 * Takes what is due, oldest first: of each channel one, and nothing while an older message of the same alert waits for it.
 * The next attempt is set before this one is made: whoever dies in between only delays it, and nobody takes it a second
 * time while it is on its way.
 */
export const claimDue = (sql: Sql, limit: number, leaseMs: number, only: readonly string[] | 'all') => sql<
  DueDelivery[]
>`
  with due as (
    select delivery.id from alert_deliveries delivery
    where delivery.state = 'waiting' and delivery.next_attempt_at <= now() and delivery.channel_id is not null
      and ${only === 'all' ? sql`true` : sql`delivery.id = any(${only as string[]}::text[])`}
      and not exists (
        select from alert_deliveries earlier
        where earlier.state = 'waiting' and earlier.channel_id = delivery.channel_id and earlier.recipient = delivery.recipient
          and earlier.sequence < delivery.sequence
          and (earlier.alert_id = delivery.alert_id or (earlier.next_attempt_at <= now() and ${only === 'all'}))
      )
    order by delivery.next_attempt_at, delivery.sequence
    limit ${limit}
    for update skip locked
  )
  update alert_deliveries delivery
  set attempts = attempts + 1, next_attempt_at = now() + ${leaseMs}::float8 * interval '1 millisecond'
  from due, alert_channels channel
  where delivery.id = due.id and channel.id = delivery.channel_id
  returning delivery.id, delivery.channel_id as "channelId", channel.sealed, delivery.recipient, delivery.message
`;

/** It was taken. */
export const markDelivered = (sql: Sql, { id, channelId }: Pick<DueDelivery, 'id' | 'channelId'>) => sql`
  with delivered as (
    update alert_deliveries set state = 'delivered', delivered_at = now(), last_error = '' where id = ${id}
  )
  update alert_channels set delivered_at = now(), last_error = '' where id = ${channelId}
`;

export interface Failure {
  readonly why: string;
  readonly final: boolean;
  /** Not before that. */
  readonly retryAfterMs: number;
}

/** It was not taken. Tried again, later each time, from 5 s to 1 h; given up after its last attempt, or where that is of no use. */
export const markFailed = (
  sql: Sql,
  { id, channelId }: Pick<DueDelivery, 'id' | 'channelId'>,
  { why, final, retryAfterMs }: Failure,
) => sql<{ givenUp: boolean }[]>`
  with channel as (update alert_channels set last_error = ${why} where id = ${channelId})
  update alert_deliveries set
    last_error = ${why},
    next_attempt_at = now() + greatest(least(power(2, attempts - 1) * 5, 3600), least(${retryAfterMs}::float8 / 1000, 3600))
      * (0.9 + random() * 0.2) * interval '1 second',
    state = case when ${final} or attempts >= most_attempts then 'dead'::delivery_state else state end
  where id = ${id} and state = 'waiting'
  returning state = 'dead' as "givenUp"
`;

/** Puts a delivery in line again, with all attempts before it. */
export const requeue = (sql: Sql, id: string, mostAttempts: number) => sql`
  update alert_deliveries set state = 'waiting', attempts = case when state = 'waiting' then attempts else 0 end,
    most_attempts = ${mostAttempts}, next_attempt_at = now(), delivered_at = null
  where id = ${id}
`;

/** Forgets what is done. */
export const forgetOldDeliveries = (sql: Sql) => sql`
  delete from alert_deliveries where state <> 'waiting' and created_at < now() - interval '30 days'
`;

/** How many wait, and were given up. */
export const countDeliveries = (sql: Sql) => sql<{ state: DeliveryState; deliveries: number }[]>`
  select state, count(*)::int as deliveries from alert_deliveries where state in ('waiting', 'dead') group by state
`;
