import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { CreateSandboxRequestSchema } from '#proto/muster/v1/sandbox_pb.js';
import { anonymous, type UserCaller } from '../access/index.ts';
import { sandboxRequestFrom } from './request.ts';

const person: UserCaller = {
  kind: 'trusted_header',
  actor: 'user:user0123456789ab',
  credentialId: 'trusted_header',
  userId: 'user0123456789ab',
  name: 'Ada',
  email: '',
  platformAdmin: false,
  sso: { source: 'trusted_header', id: 'Ada' },
  memberships: [
    { teamId: 'team0123456789ab', teamName: 'engines', teamSlug: '000000-000000', role: 'member', ssoName: 'engines' },
  ],
  activeTeamId: 'team0123456789ab',
};
const asked = (metadata: Record<string, string>) => create(CreateSandboxRequestSchema, { metadata });

test('whom a sign-in service names owns their sandboxes in its words, whatever the client says', () => {
  const request = asked({ 'access.owner': 'root', 'access.team': 'all', color: 'red' });
  const { metadata } = sandboxRequestFrom(request, 'team0123456789ab', person, 'none');
  expect(metadata).toEqual({
    color: 'red',
    'access.owner': expect.stringMatching(/^ada--[0-9a-f]{12}$/),
    'access.team': 'engines',
  });
});

test('other metadata of the server is refused, and all of it from anybody else', () => {
  expect(() => sandboxRequestFrom(asked({ 'access.more': 'x' }), 'team0123456789ab', person, 'none')).toThrow(
    'access.more',
  );
  expect(() => sandboxRequestFrom(asked({ 'access.owner': 'x' }), 'team0123456789ab', anonymous, 'none')).toThrow(
    'access.owner',
  );
});
