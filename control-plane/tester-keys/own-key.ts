import { Secret } from '#contract/secret.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import { announce } from '../events/index.ts';
import { assistantProviders, checkedToken, keepSecret, readSecretStates, type Provider } from '../settings/index.ts';
import { ownKeyName } from './names.ts';
import { lockKeyring } from './store.ts';

/** Throws NOT_FOUND for what is none. */
export function providerNamed(name: string): Provider {
  const provider = assistantProviders.find((one) => one.name === name);
  if (!provider) throw notFound('provider');
  return provider;
}

/** Saves a key of the team's own over the version that was looked at; nothing but the team takes it away. */
export async function setOwnKey(
  context: Context,
  { teamId, provider, value, version }: { teamId: string; provider: Provider; value: string; version: number },
): Promise<void> {
  await write(context, teamId, provider, { value: new Secret(checkedToken('The key', value)), version });
}

/** Forgets the team's own key, over the version that was looked at. Idempotent. */
export async function clearOwnKey(
  context: Context,
  { teamId, provider, version }: { teamId: string; provider: Provider; version: number },
): Promise<void> {
  await write(context, teamId, provider, { value: undefined, version });
}

function write(
  context: Context,
  teamId: string,
  provider: Provider,
  { value, version }: { readonly value: Secret | undefined; readonly version: number },
): Promise<void> {
  const name = ownKeyName(teamId, provider.name);
  return context.transaction(async (sql) => {
    await lockKeyring(sql, teamId);
    const [before] = await readSecretStates(sql, [name]);
    if (value === undefined && !before?.set) return;
    const after = await keepSecret(sql, context, name, value, version);
    await recordAudit(sql, context, {
      action: value ? 'provider_key.set' : 'provider_key.clear',
      target: teamId,
      teamId,
      before: { provider: provider.name, set: before?.set ?? false, fingerprint: before?.fingerprint ?? '' },
      after: { provider: provider.name, set: value !== undefined, fingerprint: after.fingerprint },
    });
    await announce(sql, 'keyring', [teamId]);
  });
}
