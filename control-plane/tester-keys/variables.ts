import { createHash } from 'node:crypto';
import type { Context } from '../context.ts';
import { apiKeyOf, readSecret } from '../settings/index.ts';
import { sourceOf, type KeySource } from './choose.ts';
import type { KeysAtProvider, TeamKeys } from './keyring.ts';
import { mintedKeyName, ownKeyName, tokenName } from './names.ts';

/** A value that sandboxes get, and the variables that it stands in. */
interface Part {
  readonly secret: { readonly name: string; readonly version: number };
  readonly variables: readonly string[];
  /** What stands beside it and is no secret. */
  readonly plain: Readonly<Record<string, string>>;
}

/** Where a sandbox has them, besides its variables; the host agent puts it there. */
export const keysFile = '/run/muster/keys.env';

/** As every client of OpenAI's API reads them. */
export const gatewayVariables = { key: 'OPENAI_API_KEY', baseUrl: 'OPENAI_BASE_URL' };

/** What the sandboxes of a team should have: which values by name and version, not the values. */
export function partsOf({ publicUrl }: Pick<Context, 'publicUrl'>, keys: TeamKeys): Part[] {
  const chosen = keys.providers.map((at) => ({ at, source: sourceOf(keys, at) }));
  const parts = chosen.flatMap(({ at, source }) => {
    const secret = secretOf(keys, at, source);
    return secret ? [{ secret, variables: at.provider.variables.keys, plain: addressOf(at, source) }] : [];
  });
  if (!keys.token || !chosen.some(({ source }) => source === 'gateway')) return parts;
  return [
    ...parts,
    {
      secret: { name: tokenName(keys.teamId), version: keys.token.version },
      variables: [gatewayVariables.key],
      plain: { [gatewayVariables.baseUrl]: `${publicUrl}/v1` },
    },
  ];
}

/** The variables that a team's sandboxes have by its key at a provider. */
export const variablesAt = ({ provider }: KeysAtProvider, source: KeySource): readonly string[] => {
  if (source === 'none') return [];
  return source === 'gateway' ? Object.values(gatewayVariables) : provider.variables.keys;
};

function secretOf({ teamId }: TeamKeys, at: KeysAtProvider, source: KeySource): Part['secret'] | undefined {
  switch (source) {
    case 'own':
      return at.own && { name: ownKeyName(teamId, at.provider.name), version: at.own.version };
    case 'minted':
      return at.live && at.liveSecret && { name: mintedKeyName(at.live.id), version: at.liveSecret.version };
    case 'default':
      return at.shared && { name: apiKeyOf(at.provider), version: at.shared.version };
    case 'gateway':
    case 'none':
      return undefined;
  }
}

/** Keys that the installation gives are for the address that it has set. The team's own are for the provider. */
const addressOf = ({ provider, baseUrl }: KeysAtProvider, source: KeySource): Part['plain'] =>
  source === 'own' || baseUrl === provider.baseUrl ? {} : { [provider.variables.baseUrl]: baseUrl };

/** The same for the same keys, and of no use to anybody who does not have them. Empty where there are none. */
export const stampOf = (parts: readonly Part[]): string =>
  parts.length === 0 ? '' : createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/**
 * Opens the values. The stamp is of what was read: a value that changed meanwhile is another one. One that cannot be opened
 * is left out until somebody enters it anew, which its state says.
 */
export async function openParts(
  context: Pick<Context, 'sql' | 'installation' | 'log'>,
  parts: readonly Part[],
): Promise<{ readonly variables: Readonly<Record<string, string>>; readonly stamp: string }> {
  const opened = await Promise.all(
    parts.map(async (part) => {
      const secret = await readSecret(context, part.secret.name);
      if (!secret) return { part, variables: [] };
      const { name, version, value } = secret;
      return {
        part: { ...part, secret: { name, version } },
        variables: [...part.variables.map((one) => [one, value.reveal()] as const), ...Object.entries(part.plain)],
      };
    }),
  );
  return {
    variables: Object.fromEntries(opened.flatMap(({ variables }) => variables)),
    stamp: stampOf(opened.map(({ part }) => part)),
  };
}
