import { expect, test } from 'vitest';
import { forgeOf, forgePages, type ForgeName } from './forge.ts';

const at = (url: string, forgeKind: ForgeName | null = null, forgeSeen: ForgeName | null = null) => ({
  url,
  forgeKind,
  forgeSeen,
});

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
  expect(forgePages(at(address))?.commit('1')).toBe(commit);
  expect(forgePages(at(address))?.compare('1', '2')).toBe(compare);
});

test.each([['/srv/git/app'], ['https://git.acme.example/app'], ['https://notgithub.com/acme/app']])(
  '%s has none',
  (address) => {
    expect(forgePages(at(address))).toBeUndefined();
  },
);

test('a host whose name says nothing has the pages of the forge that was seen there, or that somebody has named', () => {
  const own = 'https://git.acme.example/team/app.git';
  expect(forgePages(at(own, null, 'forgejo'))?.compare('1', '2')).toBe(
    'https://git.acme.example/team/app/compare/1...2',
  );
  expect(forgePages(at(own, 'gitlab', 'forgejo'))?.commit('1')).toBe('https://git.acme.example/team/app/-/commit/1');
  expect(forgeOf(at('https://github.com/acme/app', 'gitea'))).toBe('gitea');
  expect(forgePages(at('/srv/git/app', 'gitea'))).toBeUndefined();
});
