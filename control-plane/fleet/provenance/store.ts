import type { Sql } from '../../database/index.ts';

/** A key that a repository trusts. */
export interface ProvenanceKeyRow {
  readonly id: string;
  readonly name: string;
  readonly publicKey: string;
  readonly addedAt: Date;
}

/** The keys that a repository trusts, by name. */
export const readKeys = (sql: Sql, repositoryId: string) => sql<ProvenanceKeyRow[]>`
  select id, name, public_key as "publicKey", added_at as "addedAt" from provenance_keys
  where repository_id = ${repositoryId} order by name, id
`;

/** Answers whether it is new. */
export async function insertKey(
  sql: Sql,
  repositoryId: string,
  { id, name, publicKey }: Omit<ProvenanceKeyRow, 'addedAt'>,
): Promise<boolean> {
  const rows = await sql`
    insert into provenance_keys (repository_id, id, name, public_key) values (${repositoryId}, ${id}, ${name}, ${publicKey})
    on conflict do nothing returning id
  `;
  return rows.length === 1;
}

/** Removes a key with all that it has signed; answers its name. */
export async function deleteKey(sql: Sql, repositoryId: string, id: string): Promise<string | undefined> {
  const [row] = await sql<{ name: string }[]>`
    delete from provenance_keys where repository_id = ${repositoryId} and id = ${id} returning name
  `;
  return row?.name;
}

export interface NewAttestation {
  readonly repositoryId: string;
  readonly keyId: string;
  readonly commit: string;
  readonly artifacts: readonly string[];
  readonly envelope: string;
}

/** Answers how many artifacts were not known to be built from this commit. None where the key was removed meanwhile. */
export async function insertAttestation(
  sql: Sql,
  { repositoryId, keyId, commit, artifacts, envelope }: NewAttestation,
): Promise<number> {
  const { count } = await sql`
    insert into attested_artifacts (repository_id, sha256, commit_sha, key_id, envelope)
    select distinct ${repositoryId}, sha256, ${commit}, key.id, ${envelope}
    from unnest(${artifacts as string[]}::text[]) as sha256,
      (select id from provenance_keys where repository_id = ${repositoryId} and id = ${keyId} for share) as key
    on conflict do nothing
  `;
  return count;
}

/** Which commits these artifacts were built from, as trusted keys have signed. */
export const readAttested = (sql: Sql, repositoryId: string, artifacts: readonly string[]) => sql<
  { sha256: string; commit: string }[]
>`
  select distinct sha256, commit_sha as commit from attested_artifacts
  where repository_id = ${repositoryId} and sha256 = any(${artifacts as string[]}::text[])
`;
