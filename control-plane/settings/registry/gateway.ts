import type { Group } from './field.ts';
import { providers } from './providers.ts';

/** Whose models they are whose names say nothing of a provider. */
export const defaultProviderSetting = 'gateway.default_provider';

/** What the model gateway does, beside what each provider says of it. */
export const gateway: Group = {
  name: 'gateway',
  title: 'Model gateway',
  section: 'Model gateway',
  help: 'Testers ask models at /v1 of this address, as at OpenAI. Names of models begin with a provider: groq/….',
  fields: [
    {
      name: defaultProviderSetting,
      label: 'Other models',
      help: 'Who is asked for models whose name begins with no provider.',
      kind: 'choice',
      fallback: () => 'first',
      choices: [
        { value: 'first', label: 'The first provider that the gateway leads to' },
        ...providers.map(({ name, title }) => ({ value: name, label: title })),
      ],
    },
  ],
};
