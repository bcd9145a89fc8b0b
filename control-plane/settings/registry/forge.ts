import type { Group } from './field.ts';

/** What private repositories are fetched with that have no credential of their own. */
export const forge: Group = {
  name: 'forge',
  title: 'Git forge',
  section: 'Forge access',
  help: 'Private repositories there are fetched with this token over https, unless they have a credential of their own.',
  fields: [
    {
      name: 'forge.host',
      label: 'Host',
      help: 'The name in the addresses of your repositories. Changing it clears the token, which was entered for the host before.',
      kind: 'host',
      fallback: () => 'github.com',
    },
    {
      name: 'forge.username',
      label: 'User',
      help: 'Of the token, where the forge wants one.',
      kind: 'text',
      fallback: () => 'muster',
    },
    {
      name: 'forge.token',
      label: 'Token',
      help: 'One that may only read repositories is enough.',
      kind: 'secret',
      shape: 'token',
      sentTo: ['forge.host'],
    },
  ],
};
