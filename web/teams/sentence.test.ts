import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { MemberSchema } from '#proto/muster/v1/team_pb.js';
import { teamSentence } from './sentence.ts';

const owner = create(MemberSchema, { name: 'Ada', role: TeamRole.OWNER });
const member = create(MemberSchema, { name: 'Grace', role: TeamRole.MEMBER });

test.each([
  [[owner], 0, 'You are the only member.'],
  [[owner], 1, 'You are the only member; 1 invite is open.'],
  [[owner, member], 0, '2 people, owned by Ada.'],
  [[owner, owner, member], 2, '3 people, 2 of them owners; 2 invites are open.'],
])('%#: who is in it, and who is still to come', (members, invites, sentence) => {
  expect(teamSentence(members, invites)).toBe(sentence);
});
