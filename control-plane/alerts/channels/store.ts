import type { Sql } from '../../database/index.ts';
import type { Channel, ChannelKind } from './channel.ts';

const channelRow = (sql: Sql) => sql`
  select id, name, kind, target, created_at as "createdAt", secret_updated_at as "secretUpdatedAt", delivered_at as "deliveredAt",
    last_error as "lastError", coalesce(counted.waiting, 0) as waiting, coalesce(counted.dead, 0) as dead
  from alert_channels
  left join lateral (
    select count(*) filter (where state = 'waiting')::int as waiting, count(*) filter (where state = 'dead')::int as dead
    from alert_deliveries where channel_id = alert_channels.id
  ) counted on true
`;

/** All channels, by name. */
export const readChannels = (sql: Sql) => sql<Channel[]>`${channelRow(sql)} order by lower(name), id`;

export async function findChannel(sql: Sql, id: string): Promise<Channel | undefined> {
  const [row] = await sql<Channel[]>`${channelRow(sql)} where id = ${id}`;
  return row;
}

/** A channel with its sealed target, held until the transaction ends. */
export async function lockChannel(
  sql: Sql,
  id: string,
): Promise<{ name: string; kind: ChannelKind; target: string; sealed: Buffer } | undefined> {
  const [row] = await sql<{ name: string; kind: ChannelKind; target: string; sealed: Buffer }[]>`
    select name, kind, target, sealed from alert_channels where id = ${id} for update
  `;
  return row;
}

/** How many of these channels there are; they stay until the transaction ends. */
export async function countChannels(sql: Sql, ids: readonly string[]): Promise<number> {
  const rows =
    await sql`select id from alert_channels where id = any(${ids as string[]}::text[]) order by id for share`;
  return rows.length;
}

interface NewChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly target: string;
  readonly sealed: Buffer;
  readonly recipients: readonly string[];
  readonly createdBy: string;
}

export const insertChannel = (sql: Sql, channel: NewChannel) => sql`
  insert into alert_channels (id, name, kind, target, sealed, recipients, created_by)
  values (${channel.id}, ${channel.name}, ${channel.kind}, ${channel.target}, ${channel.sealed},
    ${channel.recipients as string[]}::text[], ${channel.createdBy})
`;

export const renameChannel = (sql: Sql, id: string, name: string) => sql`
  update alert_channels set name = ${name} where id = ${id}
`;

export const writeTarget = (
  sql: Sql,
  id: string,
  { target, sealed, recipients }: Pick<NewChannel, 'target' | 'sealed' | 'recipients'>,
) => sql`
  update alert_channels set target = ${target}, sealed = ${sealed}, recipients = ${recipients as string[]}::text[],
    secret_updated_at = now(), last_error = ''
  where id = ${id}
`;

/** Removes a channel; what waits for it is given up. Rules that name it still do, so that they do not tell everybody else instead. */
export const deleteChannel = (sql: Sql, id: string) => sql`
  with given_up as (
    update alert_deliveries set state = 'dead', last_error = 'The channel was removed.'
    where channel_id = ${id} and state = 'waiting'
  )
  delete from alert_channels where id = ${id}
`;

/** Where all channels lead, locked: to seal it anew. */
export const lockSealedChannels = (sql: Sql) => sql<{ id: string; sealed: Buffer }[]>`
  select id, sealed from alert_channels order by id for update
`;

export const resealChannel = (sql: Sql, id: string, sealed: Uint8Array) =>
  sql`update alert_channels set sealed = ${sealed} where id = ${id}`;
