import type { Field, Group } from './field.ts';

/** A service that speaks the API of OpenAI. */
export interface Provider {
  readonly name: string;
  readonly title: string;
  readonly baseUrl: string;
  readonly keyLooksLike: string;
  /** Where a key is made. */
  readonly keysAt: string;
  /**
   * How a key is tried without spending anything: by a path that answers only to a valid key; or, where lists of models are
   * open to everybody, by a completion that names no model, which is refused for that only after the key was taken.
   */
  readonly tryWith: { readonly path: string } | 'empty_completion';
  /** What programs look for its key in, and for its address where that is another than the usual one. */
  readonly variables: { readonly keys: readonly string[]; readonly baseUrl: string };
  /** Where it can mint keys with a spending cap: what does that, and where the key for it is made. */
  readonly minting?: { readonly api: 'openrouter'; readonly keysAt: string };
}

/** One row for each provider: another one needs nothing else. */
export const providers: readonly Provider[] = [
  {
    name: 'openrouter',
    title: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyLooksLike: 'sk-or-v1-…',
    keysAt: 'openrouter.ai/keys',
    tryWith: { path: 'key' },
    variables: { keys: ['OPENROUTER_API_KEY'], baseUrl: 'OPENROUTER_BASE_URL' },
    minting: { api: 'openrouter', keysAt: 'openrouter.ai/settings/management-keys' },
  },
  {
    name: 'kimi',
    title: 'Kimi',
    baseUrl: 'https://api.moonshot.ai/v1',
    keyLooksLike: 'sk-…',
    keysAt: 'platform.moonshot.ai',
    tryWith: { path: 'models' },
    variables: { keys: ['MOONSHOT_API_KEY', 'KIMI_API_KEY'], baseUrl: 'MOONSHOT_BASE_URL' },
  },
  {
    name: 'groq',
    title: 'Groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    keyLooksLike: 'gsk_…',
    keysAt: 'console.groq.com/keys',
    tryWith: { path: 'models' },
    variables: { keys: ['GROQ_API_KEY'], baseUrl: 'GROQ_BASE_URL' },
  },
  {
    name: 'sambanova',
    title: 'SambaNova',
    baseUrl: 'https://api.sambanova.ai/v1',
    keyLooksLike: '…',
    keysAt: 'cloud.sambanova.ai/apis',
    tryWith: 'empty_completion',
    variables: { keys: ['SAMBANOVA_API_KEY'], baseUrl: 'SAMBANOVA_BASE_URL' },
  },
];

export const apiKeyOf = ({ name }: Pick<Provider, 'name'>): string => `${name}.api_key`;
export const baseUrlOf = ({ name }: Pick<Provider, 'name'>): string => `${name}.base_url`;

/** Whether the model gateway leads to a provider. */
export const gatewayOf = ({ name }: Pick<Provider, 'name'>): string => `${name}.gateway`;

/** The key that mints others, what each of those may spend, and how often that begins anew. */
export const managementKeyOf = ({ name }: Pick<Provider, 'name'>): string => `${name}.management_key`;
export const mintLimitOf = ({ name }: Pick<Provider, 'name'>): string => `${name}.mint_limit`;
export const mintPeriodOf = ({ name }: Pick<Provider, 'name'>): string => `${name}.mint_period`;

const mintingFields = (provider: Provider): readonly Field[] =>
  provider.minting
    ? [
        {
          name: managementKeyOf(provider),
          label: 'Management key',
          help: `Mints a capped key for each tester, in place of the shared one. Made at ${provider.minting.keysAt}.`,
          placeholder: provider.keyLooksLike,
          kind: 'secret',
          shape: 'token',
          sentTo: [baseUrlOf(provider)],
        },
        {
          name: mintLimitOf(provider),
          label: 'Cap of minted keys in US dollars',
          help: 'What each tester may spend in a period.',
          placeholder: '5',
          kind: 'amount',
          fallback: () => '5',
        },
        {
          name: mintPeriodOf(provider),
          label: 'Period of that cap',
          help: 'How often it begins anew.',
          kind: 'choice',
          fallback: () => 'monthly',
          choices: [
            { value: 'daily', label: 'Every day' },
            { value: 'weekly', label: 'Every week' },
            { value: 'monthly', label: 'Every month' },
            { value: 'never', label: 'Never' },
          ],
        },
      ]
    : [];

export const providerGroups: readonly Group[] = providers.map((provider) => ({
  name: provider.name,
  title: provider.title,
  section: 'Assistant providers',
  help: `The key that new testers begin with at ${provider.title}. Keys are made at ${provider.keysAt}.`,
  test: { label: 'Try key', takesRecipient: false },
  fields: [
    {
      name: apiKeyOf(provider),
      label: 'API key',
      help: 'Shared by testers who have none of their own.',
      placeholder: provider.keyLooksLike,
      kind: 'secret',
      shape: 'token',
      sentTo: [baseUrlOf(provider)],
    },
    {
      name: baseUrlOf(provider),
      label: 'Base URL',
      help: 'Where its API is. Changing it clears the key, which was entered for the address before.',
      kind: 'url',
      fallback: () => provider.baseUrl,
    },
    {
      name: gatewayOf(provider),
      label: 'Model gateway',
      help: 'Lets testers ask its models through Muster with a token of their own, metered and capped: the key stays here.',
      kind: 'choice',
      fallback: () => 'off',
      choices: [
        { value: 'off', label: 'Does not lead here' },
        { value: 'on', label: 'Leads here' },
      ],
    },
    ...mintingFields(provider),
  ],
}));
