import { expect, test } from 'vitest';
import { forgePages } from './forge.ts';

test.each([
  [
    'https://github.com/acme/app.git',
    'https://github.com/acme/app/commit/1',
    'https://github.com/acme/app/compare/1...2',
  ],
  [
    'ssh://git@github.com/acme/app.git',
    'https://github.com/acme/app/commit/1',
    'https://github.com/acme/app/compare/1...2',
  ],
  [
    'ssh://git@gitlab.acme.example:2222/team/app',
    'https://gitlab.acme.example/team/app/-/commit/1',
    'https://gitlab.acme.example/team/app/-/compare/1...2',
  ],
  [
    'https://codeberg.org/acme/app',
    'https://codeberg.org/acme/app/commit/1',
    'https://codeberg.org/acme/app/compare/1...2',
  ],
  [
    'https://forgejo.acme.example:8443/acme/app',
    'https://forgejo.acme.example:8443/acme/app/commit/1',
    'https://forgejo.acme.example:8443/acme/app/compare/1...2',
  ],
])('%s has pages', (address, commit, compare) => {
  expect(forgePages(address)?.commit('1')).toBe(commit);
  expect(forgePages(address)?.compare('1', '2')).toBe(compare);
});

test.each([['/srv/git/app'], ['https://git.acme.example/app'], ['https://notgithub.com/acme/app']])(
  '%s has none',
  (address) => {
    expect(forgePages(address)).toBeUndefined();
  },
);
