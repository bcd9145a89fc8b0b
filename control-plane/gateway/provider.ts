import type { Secret } from '#contract/secret.ts';
import type { Context } from '../context.ts';
import {
  apiKeyOf,
  assistantProviders,
  baseUrlOf,
  defaultProviderSetting,
  gatewayOf,
  readSecret,
  settingValues,
  type GroupHands,
  type Provider,
  type UsableSecret,
} from '../settings/index.ts';
import { GatewayFailure } from './failure.ts';

/** A provider as it is set up at this moment, for one request. */
export interface OpenProvider {
  readonly name: string;
  readonly title: string;
  readonly baseUrl: string;
  readonly key: UsableSecret & { readonly value: Secret };
}

/** The providers that the gateway leads to, and whose model it is that names none of them. */
interface Setup {
  readonly open: readonly Provider[];
  readonly fallback: Provider | undefined;
  readonly baseUrls: Readonly<Record<string, string>>;
}

async function readSetup(context: Pick<Context, 'sql' | 'config'>): Promise<Setup> {
  const values = await settingValues(context, [
    defaultProviderSetting,
    ...assistantProviders.flatMap((provider) => [gatewayOf(provider), baseUrlOf(provider)]),
  ]);
  const open = assistantProviders.filter((provider) => values[gatewayOf(provider)] === 'on');
  const chosen = values[defaultProviderSetting];
  return {
    open,
    fallback: chosen === 'first' ? open[0] : open.find(({ name }) => name === chosen),
    baseUrls: Object.fromEntries(open.map((provider) => [provider.name, values[baseUrlOf(provider)] ?? ''])),
  };
}

async function withKey(context: Context, { baseUrls }: Setup, provider: Provider): Promise<OpenProvider | undefined> {
  const key = await readSecret(context, apiKeyOf(provider));
  const { name, title } = provider;
  return key && { name, title, baseUrl: baseUrls[name] ?? '', key };
}

/**
 * Whose model this is, and what it is called there: `groq/llama` is `llama` at Groq, everything else the default provider's.
 * Throws a GatewayFailure where the gateway leads to no such provider, or has no key for it.
 */
export async function providerOf(
  context: Context,
  model: string,
): Promise<{ readonly provider: OpenProvider; readonly model: string }> {
  const setup = await readSetup(context);
  const [prefix = '', ...rest] = model.split('/');
  const named = rest.length > 0 ? assistantProviders.find(({ name }) => name === prefix) : undefined;
  const provider = named ? setup.open.find(({ name }) => name === named.name) : setup.fallback;
  if (!provider) {
    const names = setup.open.map(({ name }) => `${name}/…`).join(', ');
    const help = names ? `name one of ${names}` : 'ask an admin to turn a provider on in the service setup';
    throw new GatewayFailure(404, 'model_not_found', `The gateway leads to no provider of this model: ${help}.`, {
      param: 'model',
    });
  }
  const ready = await withKey(context, setup, provider);
  if (!ready)
    throw new GatewayFailure(
      503,
      'provider_not_set_up',
      `The gateway has no key for ${provider.title}: ask an admin to enter one in the service setup.`,
    );
  return { provider: ready, model: named ? rest.join('/') : model };
}

/** Every provider that the gateway leads to and has a key for. */
export async function openProviders(context: Context): Promise<readonly OpenProvider[]> {
  const setup = await readSetup(context);
  const ready = await Promise.all(setup.open.map((provider) => withKey(context, setup, provider)));
  return ready.filter((provider) => provider !== undefined);
}

/** What the service setup says of the gateway. */
export const gatewayHands: GroupHands = {
  async standing(context) {
    const { open } = await readSetup(context);
    return open.length > 0
      ? { ready: true, sentence: `It leads to ${open.map(({ title }) => title).join(', ')}.` }
      : { ready: false, sentence: 'It leads to no provider: turn it on at one.' };
  },
};
