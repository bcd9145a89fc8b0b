import type { Sql } from '../database/index.ts';

export interface InstallationRow {
  readonly id: string;
  readonly publicKey: Buffer;
  readonly sealedPrivateKey: Buffer;
  readonly masterKeyCheck: Buffer;
}

export interface SigningKeyRow {
  readonly kid: string;
  readonly publicKey: Buffer;
  readonly sealedPrivateKey: Buffer;
  readonly certificate: Buffer;
  /** Whether its time to sign has come, by the database's clock. */
  readonly signs: boolean;
}

export const findInstallation = async (sql: Sql): Promise<InstallationRow | undefined> => {
  const [row] = await sql<InstallationRow[]>`
    select id, public_key as "publicKey", sealed_private_key as "sealedPrivateKey", master_key_check as "masterKeyCheck"
    from installation
  `;
  return row;
};

/** Does nothing where another replica was first. */
export const insertInstallation = (sql: Sql, row: InstallationRow) => sql`
  insert into installation (id, public_key, sealed_private_key, master_key_check)
  values (${row.id}, ${row.publicKey}, ${row.sealedPrivateKey}, ${row.masterKeyCheck})
  on conflict do nothing
`;

/** Writes what is sealed with the master key, and what tells that key, anew. */
export const resealInstallation = (sql: Sql, row: Pick<InstallationRow, 'sealedPrivateKey' | 'masterKeyCheck'>) =>
  sql`update installation set sealed_private_key = ${row.sealedPrivateKey}, master_key_check = ${row.masterKeyCheck}`;

/** All of them, retired ones too, locked. */
export const lockSealedSigningKeys = (sql: Sql) => sql<Pick<SigningKeyRow, 'kid' | 'sealedPrivateKey'>[]>`
  select kid, sealed_private_key as "sealedPrivateKey" from signing_keys order by kid for update
`;

export const resealSigningKey = (sql: Sql, kid: string, sealed: Uint8Array) =>
  sql`update signing_keys set sealed_private_key = ${sealed} where kid = ${kid}`;

/** Keys that sign or may have signed what is still valid, the one that signs now first, then its predecessors, then its successor. */
export const findSigningKeys = (sql: Sql) => sql<SigningKeyRow[]>`
  select kid, public_key as "publicKey", sealed_private_key as "sealedPrivateKey", certificate, signs_from <= now() as signs
  from signing_keys
  where retired_at is null
  order by signs_from <= now() desc, signs_from desc
`;

/** Makes replicas that look after the keys wait for each other, until the transaction ends. */
export const lockSigningKeys = (sql: Sql) => sql`select pg_advisory_xact_lock(7080002)`;

export const insertSigningKey = (sql: Sql, key: Omit<SigningKeyRow, 'signs'>, signsInMs: number) => sql`
  insert into signing_keys (kid, public_key, sealed_private_key, certificate, signs_from)
  values (${key.kid}, ${key.publicKey}, ${key.sealedPrivateKey}, ${key.certificate}, now() + ${signsInMs} * interval '1 millisecond')
`;

/** The key signs from now on. */
export const signFromNow = (sql: Sql, kid: string) =>
  sql`update signing_keys set signs_from = now() where kid = ${kid}`;

/** Retires keys whose successor has signed for longer than anything that they signed can live. */
export const retireSigningKeys = (sql: Sql, longestLifeMs: number) => sql<{ kid: string }[]>`
  update signing_keys set retired_at = now()
  where retired_at is null and exists (
    select from signing_keys successor
    where successor.signs_from > signing_keys.signs_from and successor.signs_from < now() - ${longestLifeMs} * interval '1 millisecond'
  )
  returning kid
`;

/** Makes what may happen once in an installation's life wait for each other, until the transaction ends. */
export const lockInstallation = (sql: Sql) => sql`select id from installation for update`;
