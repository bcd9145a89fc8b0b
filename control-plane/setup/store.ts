import type { Sql } from '../database/index.ts';

export const insertSetupToken = (sql: Sql, token: { id: string; hash: Buffer; lifeMs: number }) => sql`
  insert into one_time_tokens (id, kind, token_hash, expires_at)
  values (${token.id}, 'setup', ${token.hash}, now() + ${token.lifeMs} * interval '1 millisecond')
`;

/** The stored hash of a setup token that may still be used. */
export const findSetupToken = async (sql: Sql, id: string): Promise<Buffer | undefined> => {
  const [row] = await sql<{ tokenHash: Buffer }[]>`
    select token_hash as "tokenHash" from one_time_tokens
    where id = ${id} and kind = 'setup' and used_at is null and revoked_at is null and expires_at > now()
  `;
  return row?.tokenHash;
};

/** Uses one up, and ends all others: there is one setup. */
export const useSetupToken = (sql: Sql, id: string) => sql`
  update one_time_tokens set
    used_at = case when id = ${id} then now() end,
    revoked_at = case when id <> ${id} then now() end
  where kind = 'setup' and used_at is null and revoked_at is null
`;
