import type { Sql } from '../../database/index.ts';

/** What everybody may know of a secret who may know of it at all. Never its value. */
export interface SecretState {
  readonly name: string;
  readonly set: boolean;
  /** 0 where it was never set. */
  readonly version: number;
  /** Tells two values apart, and nothing else. Empty where it is not set. */
  readonly fingerprint: string;
  readonly updatedAt: Date;
  /** The present name of who did it. */
  readonly updatedBy: string;
  readonly lastUsedAt: Date | null;
  /** What the last use met, in one sentence. Empty where it worked. */
  readonly lastError: string;
}

/** The states of those that were ever set. */
export const readSecretStates = (sql: Sql, names: readonly string[]) => sql<SecretState[]>`
  select secret.name, sealed is not null as set, version::integer, fingerprint, updated_at as "updatedAt",
    coalesce(actor.name, secret.updated_by) as "updatedBy", last_used_at as "lastUsedAt", last_error as "lastError"
  from secrets secret
  left join subject_names actor on actor.id = split_part(secret.updated_by, ':', 2)
  where secret.name = any(${names as string[]}::text[])
`;

/** A value as it is kept. */
export interface SealedSecret {
  readonly name: string;
  readonly version: number;
  readonly sealed: Uint8Array;
}

export async function readSealed(sql: Sql, name: string): Promise<SealedSecret | undefined> {
  const [row] = await sql<SealedSecret[]>`
    select name, version::integer, sealed from secrets where name = ${name} and sealed is not null
  `;
  return row;
}

/** Locks a name until the transaction ends, whether it was ever set or not. Answers its present version. */
export async function lockSecret(sql: Sql, name: string, actor: string): Promise<number> {
  await sql`insert into secrets (name, updated_by) values (${name}, ${actor}) on conflict do nothing`;
  const [row] = await sql<{ version: number }[]>`select version::integer from secrets where name = ${name} for update`;
  return row!.version; // inserted above, if it was not there
}

/** Writes another value, or none: whatever was said of the one before is over. */
export const writeSecret = (
  sql: Sql,
  secret: Pick<SecretState, 'name' | 'version' | 'fingerprint'> & { readonly sealed: Uint8Array | null },
  actor: string,
) => sql`
  update secrets set version = ${secret.version}, sealed = ${secret.sealed}, fingerprint = ${secret.fingerprint},
    updated_at = now(), updated_by = ${actor}, last_used_at = null, last_error = ''
  where name = ${secret.name}
`;

/** Notes a use of this very version. Written once a minute at most, unless it went otherwise than the one before. */
export const writeUse = (sql: Sql, { name, version }: Pick<SealedSecret, 'name' | 'version'>, error: string) => sql`
  update secrets set last_used_at = now(), last_error = ${error}
  where name = ${name} and version = ${version}
    and (last_used_at is null or last_error <> ${error} or last_used_at < now() - interval '1 minute')
`;

/** Forgets a name: for things that are gone for ever. */
export const deleteSecrets = (sql: Sql, names: readonly string[]) =>
  sql`delete from secrets where name = any(${names as string[]}::text[])`;

/** Every value that is set, locked: to seal them anew. */
export const lockSealedSecrets = (sql: Sql) => sql<SealedSecret[]>`
  select name, version::integer, sealed from secrets where sealed is not null order by name for update
`;

export const resealSecret = (sql: Sql, name: string, sealed: Uint8Array, fingerprint: string) =>
  sql`update secrets set sealed = ${sealed}, fingerprint = ${fingerprint} where name = ${name}`;
