import type { Group } from './field.ts';

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
  },
  {
    name: 'kimi',
    title: 'Kimi',
    baseUrl: 'https://api.moonshot.ai/v1',
    keyLooksLike: 'sk-…',
    keysAt: 'platform.moonshot.ai',
    tryWith: { path: 'models' },
  },
  {
    name: 'groq',
    title: 'Groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    keyLooksLike: 'gsk_…',
    keysAt: 'console.groq.com/keys',
    tryWith: { path: 'models' },
  },
  {
    name: 'sambanova',
    title: 'SambaNova',
    baseUrl: 'https://api.sambanova.ai/v1',
    keyLooksLike: '…',
    keysAt: 'cloud.sambanova.ai/apis',
    tryWith: 'empty_completion',
  },
];

export const apiKeyOf = ({ name }: Pick<Provider, 'name'>): string => `${name}.api_key`;
export const baseUrlOf = ({ name }: Pick<Provider, 'name'>): string => `${name}.base_url`;

/** Whether the model gateway leads to a provider. */
export const gatewayOf = ({ name }: Pick<Provider, 'name'>): string => `${name}.gateway`;

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
  ],
}));
