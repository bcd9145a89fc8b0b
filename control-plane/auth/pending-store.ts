import type { Sql } from '../database/index.ts';

/** How long the second step of a sign-in may take. */
export const pendingLifeSeconds = 300;

export const insertPendingSignIn = async (
  sql: Sql,
  token: { id: string; hash: Buffer; userId: string },
): Promise<{ expiresAt: Date }> => {
  const [row] = await sql<{ expiresAt: Date }[]>`
    insert into one_time_tokens (id, kind, token_hash, user_id, expires_at)
    values (${token.id}, 'sign_in', ${token.hash}, ${token.userId}, now() + ${pendingLifeSeconds} * interval '1 second')
    returning expires_at as "expiresAt"
  `;
  return row!; // an insert answers its row
};

/** Whose sign-in waits under this id, with the stored hash. */
export const findPendingSignIn = async (sql: Sql, id: string) => {
  const [row] = await sql<{ tokenHash: Buffer; userId: string; name: string; email: string }[]>`
    select token.token_hash as "tokenHash", users.id as "userId", users.name, users.email
    from one_time_tokens token join users on users.id = token.user_id
    where token.id = ${id} and token.kind = 'sign_in' and token.used_at is null and token.revoked_at is null
      and token.expires_at > now() and users.active
  `;
  return row;
};

/** Uses it up, in one statement: of two at once, one does. */
export const usePendingSignIn = (sql: Sql, id: string) => sql<{ userId: string }[]>`
  update one_time_tokens token set used_at = now()
  from users
  where token.id = ${id} and token.kind = 'sign_in' and token.used_at is null and token.revoked_at is null
    and token.expires_at > now() and users.id = token.user_id and users.active
  returning token.user_id as "userId"
`;

/** Ends a user's sign-ins that wait for their second step: what their first step was does not count any more. */
export const revokePendingSignIns = (sql: Sql, userId: string) => sql`
  update one_time_tokens set revoked_at = now()
  where user_id = ${userId} and kind = 'sign_in' and used_at is null and revoked_at is null
`;

/** Removes those that nobody can use any more. */
export const removeOldPendingSignIns = (sql: Sql) =>
  sql`delete from one_time_tokens where kind = 'sign_in' and expires_at < now() - interval '1 day'`;
