import type { Context } from '../../context.ts';
import { noteUse, readSecret, readSecretStates, settingValues, type GroupHands } from '../../settings/index.ts';
import type { Credential } from '../git/credential.ts';

const names = ['forge.host', 'forge.username'] as const;

/**
 * What a repository is fetched with that has no credential of its own: the token of the service setup, where the repository
 * is at that host, over https and at its usual port.
 */
export async function forgeCredential(
  context: Pick<Context, 'installation' | 'sql' | 'config' | 'log'>,
  url: string,
): Promise<Credential | undefined> {
  const address = URL.parse(url);
  if (address?.protocol !== 'https:') return undefined;
  const values = await settingValues(context, names);
  if (address.host !== values['forge.host']) return undefined;
  const token = await readSecret(context, 'forge.token');
  if (!token) return undefined;
  await noteUse(context, token);
  return { kind: 'token', username: values['forge.username'], token: token.value.reveal() };
}

/** What can be done with the settings of the forge. */
export const forgeHands: GroupHands = {
  async standing(context) {
    const [token] = await readSecretStates(context.sql, ['forge.token']);
    if (!token?.set)
      return { ready: false, sentence: 'No token: private repositories need a credential of their own.' };
    const { 'forge.host': host } = await settingValues(context, names);
    return { ready: true, sentence: `Repositories at ${host} are fetched with it.` };
  },
};
