import type { Context } from '../../context.ts';
import type { Sql } from '../../database/index.ts';
import { invalidField } from '../../errors.ts';
import type { Credential } from '../git/credential.ts';
import { forgeCredential } from './forge-access.ts';
import { readCredential, writeCredential } from './store.ts';

/** What binds a sealed credential to its repository. */
export const credentialName = (repositoryId: string): string => `repository-credential:${repositoryId}`;

/** Keeps a credential, sealed under the master key; undefined removes it. Throws where it does not suit the address. */
export async function keepCredential(
  { installation }: Pick<Context, 'installation'>,
  sql: Sql,
  { id, url }: { readonly id: string; readonly url: string },
  credential: Credential | undefined,
): Promise<void> {
  if (!credential) return void (await writeCredential(sql, id, undefined));
  const wanted = credential.kind === 'token' ? 'https:' : 'ssh:';
  if (URL.parse(url)?.protocol !== wanted)
    throw invalidField(
      credential.kind,
      credential.kind === 'token'
        ? 'A token is for an address that begins with https://.'
        : 'A key is for an address that begins with ssh://.',
    );
  const sealed = installation.seal(credentialName(id), Buffer.from(JSON.stringify(credential)));
  await writeCredential(sql, id, { kind: credential.kind, sealed });
}

/** What a repository is fetched with: a credential of its own, or the token of the forge that it is at. */
export async function credentialOf(
  context: Pick<Context, 'installation' | 'sql' | 'config' | 'log'>,
  { id, url }: { readonly id: string; readonly url: string },
): Promise<Credential | undefined> {
  const sealed = await readCredential(context.sql, id);
  if (!sealed) return forgeCredential(context, url);
  return JSON.parse(context.installation.unseal(credentialName(id), sealed).toString()) as Credential; // keepCredential alone writes it
}
