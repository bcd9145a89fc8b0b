import type { Sql } from '../database/index.ts';

/** Longer than the window in which mails are counted: one that works is always in the mailbox. */
const lifeMs = 3_600_000;

export const insertResetToken = async (
  sql: Sql,
  token: { id: string; hash: Buffer; userId: string; lifeMs?: number | undefined },
): Promise<{ expiresAt: Date }> => {
  const [row] = await sql<{ expiresAt: Date }[]>`
    insert into one_time_tokens (id, kind, token_hash, user_id, expires_at)
    values (${token.id}, 'password_reset', ${token.hash}, ${token.userId}, now() + ${token.lifeMs ?? lifeMs} * interval '1 millisecond')
    returning expires_at as "expiresAt"
  `;
  return row!; // an insert answers its row
};

/** Whom a token that may still be used is for, with its stored hash. */
export const findResetToken = async (
  sql: Sql,
  id: string,
): Promise<{ tokenHash: Buffer; userId: string } | undefined> => {
  const [row] = await sql<{ tokenHash: Buffer; userId: string }[]>`
    select token.token_hash as "tokenHash", token.user_id as "userId"
    from one_time_tokens token join users on users.id = token.user_id
    where token.id = ${id} and token.kind = 'password_reset' and token.used_at is null and token.revoked_at is null
      and token.expires_at > now() and users.active
  `;
  return row;
};

/** Uses it up, in one statement: of two at once, one does. */
export const useResetToken = (sql: Sql, id: string) => sql<{ userId: string }[]>`
  update one_time_tokens token set used_at = now()
  from users
  where token.id = ${id} and token.kind = 'password_reset' and token.used_at is null and token.revoked_at is null
    and token.expires_at > now() and users.id = token.user_id and users.active
  returning token.user_id as "userId"
`;

/** Ends a user's other links: whoever asked for them has what they wanted, or must not get it any more. */
export const revokeResetTokens = (sql: Sql, userId: string) => sql`
  update one_time_tokens set revoked_at = now()
  where user_id = ${userId} and kind = 'password_reset' and used_at is null and revoked_at is null
`;

export interface ResetRequest {
  readonly emailKey: string;
  readonly address: string;
  readonly userAgent: string;
  readonly requestId: string;
}

export const insertResetRequest = (sql: Sql, id: string, request: ResetRequest) => sql`
  insert into reset_requests (id, email_key, address, user_agent, request_id)
  values (${id}, ${request.emailKey}, ${request.address}, ${request.userAgent}, ${request.requestId})
`;

/** Takes the oldest request out; it is gone when the transaction commits. */
export const takeResetRequest = async (sql: Sql): Promise<ResetRequest | undefined> => {
  const [row] = await sql<ResetRequest[]>`
    delete from reset_requests
    where id = (select id from reset_requests order by created_at, id limit 1 for update skip locked)
    returning email_key as "emailKey", address, user_agent as "userAgent", request_id as "requestId"
  `;
  return row;
};

/** Removes links that nobody can use any more. */
export const removeOldResetTokens = (sql: Sql) => sql`
  delete from one_time_tokens where kind = 'password_reset' and expires_at < now() - interval '1 day'
`;
