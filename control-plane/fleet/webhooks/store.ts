import type { Sql } from '../../database/index.ts';
import type { Delivery } from './signature.ts';

/** Sealed; undefined where there is no webhook. */
export async function readWebhookSecret(sql: Sql, repositoryId: string): Promise<Uint8Array | undefined> {
  const [row] = await sql<{ secret: Uint8Array | null }[]>`
    select webhook_secret as secret from repositories where id = ${repositoryId}
  `;
  return row?.secret ?? undefined;
}

/** Makes a webhook, or gives it another secret. Null: ends it. */
export const writeWebhookSecret = (sql: Sql, repositoryId: string, sealed: Uint8Array | null) => sql`
  update repositories set webhook_secret = ${sealed}, webhook_created_at = case when ${sealed !== null} then now() end,
    webhook_delivered_at = null, webhook_event = '', webhook_refused_at = null
  where id = ${repositoryId}
`;

/** How long a delivery is remembered: forges repeat for days at most, and a repetition is harmless. */
const rememberedDays = 7;

/** Takes a delivery; answers false for one that was taken before. The first one says which forge it is. */
export async function recordDelivery(
  sql: Sql,
  repositoryId: string,
  { id, event, forge }: Pick<Delivery, 'id' | 'event' | 'forge'>,
): Promise<boolean> {
  const rows = await sql`
    with forgotten as (
      delete from webhook_deliveries
      where repository_id = ${repositoryId} and received_at < now() - make_interval(days => ${rememberedDays})
    ),
    taken as (
      insert into webhook_deliveries (repository_id, delivery) values (${repositoryId}, ${id})
      on conflict do nothing returning repository_id
    )
    update repositories set webhook_delivered_at = now(), webhook_event = ${event},
      forge_seen = coalesce(forge_seen, ${forge ?? null}::forge_kind)
    from taken where repositories.id = taken.repository_id returning id
  `;
  return rows.length === 1;
}

/** Says that a delivery with a wrong signature was refused now. Written once a second at most. */
export const recordRefusedDelivery = (sql: Sql, repositoryId: string) => sql`
  update repositories set webhook_refused_at = now()
  where id = ${repositoryId} and (webhook_refused_at is null or webhook_refused_at < now() - interval '1 second')
`;
