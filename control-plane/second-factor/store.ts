import type { Sql } from '../database/index.ts';

export interface PasskeyRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly synced: boolean;
  readonly rpId: string;
}

const columns = (sql: Sql) =>
  sql`id, name, created_at as "createdAt", last_used_at as "lastUsedAt", synced, rp_id as "rpId"`;

/** A user's passkeys, oldest first. */
export const listPasskeys = (sql: Sql, userId: string) => sql<PasskeyRow[]>`
  select ${columns(sql)} from passkeys where user_id = ${userId} order by created_at, id
`;

/** What a browser is told of the passkeys that it may use, or need not make again, at this host name. */
export const listCredentials = (sql: Sql, userId: string, rpId: string) => sql<{ id: string; transports: string[] }[]>`
  select credential_id as id, transports from passkeys where user_id = ${userId} and rp_id = ${rpId} order by created_at, id
`;

/** A passkey to check an answer with: this user's, made for this host name. */
export const findCredential = async (sql: Sql, userId: string, rpId: string, credentialId: string) => {
  const [row] = await sql<{ id: string; publicKey: Buffer }[]>`
    select id, public_key as "publicKey" from passkeys
    where user_id = ${userId} and rp_id = ${rpId} and credential_id = ${credentialId}
  `;
  return row;
};

export interface NewPasskey {
  readonly id: string;
  readonly userId: string;
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly signCount: number;
  readonly transports: readonly string[];
  readonly rpId: string;
  readonly name: string;
  readonly synced: boolean;
}

export const insertPasskey = async (sql: Sql, passkey: NewPasskey): Promise<PasskeyRow> => {
  const [row] = await sql<PasskeyRow[]>`
    insert into passkeys (id, user_id, credential_id, public_key, sign_count, transports, rp_id, name, synced)
    values (${passkey.id}, ${passkey.userId}, ${passkey.credentialId}, ${Buffer.from(passkey.publicKey)}, ${passkey.signCount},
      ${passkey.transports as string[]}::text[], ${passkey.rpId}, ${passkey.name}, ${passkey.synced})
    returning ${columns(sql)}
  `;
  return row!; // an insert answers its row
};

/** Writes a use. Answers nothing where the counter did not grow: of two uses of one answer, and of two copies, one counts. */
export const recordUse = (sql: Sql, id: string, signCount: number) => sql<{ id: string }[]>`
  update passkeys set sign_count = ${signCount}, last_used_at = now()
  where id = ${id} and (sign_count < ${signCount} or (sign_count = 0 and ${signCount} = 0))
  returning id
`;

export const deletePasskey = (sql: Sql, userId: string, id: string) => sql<{ name: string }[]>`
  delete from passkeys where user_id = ${userId} and id = ${id} returning name
`;

export const deleteAllPasskeys = (sql: Sql, userId: string) => sql`delete from passkeys where user_id = ${userId}`;

/** Makes changes of a user's second factor, and sign-ins that ask for it, wait for each other until the transaction ends. */
export const lockSecondFactor = (sql: Sql, userId: string) =>
  sql`select from users where id = ${userId} for no key update`;

export interface SecondFactorState {
  readonly passkeys: number;
  readonly recoveryCodes: number;
}

export const countFactors = async (sql: Sql, userId: string): Promise<SecondFactorState> => {
  const [row] = await sql<SecondFactorState[]>`
    select (select count(*)::int from passkeys where user_id = ${userId}) as passkeys,
      (select count(*)::int from recovery_codes where user_id = ${userId} and used_at is null) as "recoveryCodes"
  `;
  return row!; // one row always
};

export const insertRecoveryCodes = (sql: Sql, userId: string, hashes: readonly Buffer[]) => sql`
  insert into recovery_codes (user_id, code_hash)
  select ${userId}, decode(unnest(${hashes.map((hash) => hash.toString('hex'))}::text[]), 'hex')
`;

export const deleteRecoveryCodes = (sql: Sql, userId: string) =>
  sql`delete from recovery_codes where user_id = ${userId}`;

/** Uses a code up, in one statement: of two at once, one does. */
export const useRecoveryCode = (sql: Sql, userId: string, hash: Buffer) => sql<{ userId: string }[]>`
  update recovery_codes set used_at = now()
  where user_id = ${userId} and code_hash = ${hash} and used_at is null
  returning user_id as "userId"
`;
