import { describe, expect, test } from 'vitest';
import { parseAddress } from './address.ts';

describe('addresses that are taken, in the form that is kept', () => {
  test.each([
    ['https://github.com/acme/app.git', 'https', 'https://github.com/acme/app.git'],
    ['HTTPS://GitHub.com/acme/app/', 'https', 'https://github.com/acme/app'],
    ['https://git.acme.example:8443/app', 'https', 'https://git.acme.example:8443/app'],
    ['https://[::1]:8443/app', 'https', 'https://[::1]:8443/app'],
    ['ssh://git@github.com/acme/app.git', 'ssh', 'ssh://git@github.com/acme/app.git'],
    ['ssh://git.acme.example:2222/~me/app', 'ssh', 'ssh://git.acme.example:2222/~me/app'],
    ['/srv/git/app', 'file', '/srv/git/app'],
    ['/srv/git/../git//app/', 'file', '/srv/git/app'],
  ])('%s', (text, transport, address) => expect(parseAddress(text)).toEqual({ transport, address }));
});

describe('addresses that are refused', () => {
  test.each([
    ['ext::sh -c touch% /tmp/owned'],
    ['ext::sh'],
    ['EXT::/bin/sh'],
    ['fd::17'],
    ['foo::https://github.com/acme/app'],
    ['file:///etc'],
    ['FILE:///srv/git/app'],
    ['http://github.com/acme/app'],
    ['git://github.com/acme/app'],
    ['git+ssh://github.com/acme/app'],
    ['ftp://github.com/acme/app'],
    ['rsync://github.com/acme/app'],
    ['javascript:alert(1)'],
    ['--upload-pack=touch /tmp/owned'],
    ['--upload-pack=/tmp/evil'],
    ['-oProxyCommand=evil'],
    ['ssh://-oProxyCommand=evil/app'],
    ['ssh://-oProxyCommand=evil@host/app'],
    ['ssh://git@-oProxyCommand=evil/app'],
    ['ssh://%2doProxyCommand=evil/app'],
    ['ssh://git@host/-app'],
    ['ssh://git:secret@host/app'],
    ['ssh://host'],
    ['ssh:///app'],
    ['ssh:host/app'],
    ['https:///app'],
    ['https://'],
    ['https://host'],
    ['https://host/'],
    ['https:host/app'],
    ['https:\\\\host\\app'],
    ['https://token@github.com/acme/app'],
    ['https://user:secret@github.com/acme/app'],
    ['https://github.com/acme/app?token=secret'],
    ['https://github.com/acme/app#main'],
    ['https://github.com/acme/a b'],
    ['https://github.com/acme/app\n--upload-pack=evil'],
    ['https://github.com/acme/app\0'],
    ['https://git hub.com/acme/app'],
    ["https://github.com/acme/a'pp"],
    ['git@github.com:acme/app.git'],
    ['host:app'],
    ['relative/path'],
    ['./relative'],
    ['../up'],
    ['~/app'],
    [''],
    [' '],
    [' https://github.com/acme/app'],
    ['\t/srv/git/app'],
    ['//evil\\share'],
  ])('%j', (text) => expect(parseAddress(text)).toHaveProperty('problem'));
});

test('the short form of ssh is refused with the long form to write instead', () => {
  expect(parseAddress('git@github.com:acme/app.git')).toEqual({
    problem: expect.stringContaining('ssh://git@github.com/acme/app.git'),
  });
});
