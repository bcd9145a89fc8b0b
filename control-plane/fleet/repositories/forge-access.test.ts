import { afterAll, beforeAll, expect, test } from 'vitest';
import { settingsOf } from '../../settings/testing/set.ts';
import { startTestControlPlane, type TestControlPlane } from '../../testing/index.ts';
import { credentialOf, keepCredential } from './credential.ts';

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane?.stop());

const credentialFor = (url: string, id = 'repo0000000000none') => credentialOf(plane.context, { id, url });

test('a repository without a credential is fetched with the forge’s token, at that host alone', async () => {
  const settings = settingsOf(plane.admin.clients);
  expect(await credentialFor('https://github.com/muster/web.git')).toBeUndefined();
  await settings.setSecret('forge.token', 'ghp_3nQf-of-the-forge');
  const token = { kind: 'token', username: 'muster', token: 'ghp_3nQf-of-the-forge' };
  expect(await credentialFor('https://github.com/muster/web.git')).toEqual(token);
  expect(await settings.secret('forge.token')).toMatchObject({ lastUsedAt: expect.anything() });
  const elsewhere = [
    'https://github.com:8443/muster/web.git',
    'https://github.com.example.org/web.git',
    'http://github.com/muster/web.git',
    'ssh://git@github.com/muster/web.git',
    '/srv/git/github.com',
  ];
  expect(await Promise.all(elsewhere.map((url) => credentialFor(url)))).toEqual(elsewhere.map(() => undefined));

  const url = 'https://github.com/muster/own.git';
  const { repository } = await plane.admin.clients.fleet.registerRepository({ name: 'own', url, published: true });
  const own = { kind: 'token', username: '', token: 'its own' } as const;
  await plane.context.transaction((sql) => keepCredential(plane.context, sql, { id: repository!.id, url }, own));
  expect(await credentialFor(url, repository!.id)).toEqual(own);

  expect((await settings.set('forge.host', 'git.example.com')).clearedSecrets).toEqual(['forge.token']);
  expect(await credentialFor('https://git.example.com/muster/web.git')).toBeUndefined();
  expect(await settings.group('forge')).toMatchObject({ ready: false, section: 'Forge access' });
});
