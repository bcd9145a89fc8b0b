import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { UserSchema } from '#proto/muster/v1/user_pb.js';
import { ruleSentence, usersSentence } from './sentence.ts';

const admin = create(UserSchema, { active: true, platformAdmin: true });
const user = create(UserSchema, { active: true });
const locked = create(UserSchema, { active: false });

test.each([
  [[admin], false, false, '1 user; 1 is platform admin.'],
  [[admin, user, locked], false, false, '3 users; 1 is platform admin, 1 is locked out.'],
  [[user], true, false, '1 user found.'],
  [[], true, false, '0 users found.'],
  [[user, user], false, true, 'The first 2 users.'],
])('%#: who is here, and what stands out', (users, found, more, sentence) => {
  expect(usersSentence(users, { found, more })).toBe(sentence);
});

test('whom the rule about the second factor concerns is counted', () => {
  expect(ruleSentence({ required: false, usersWithout: 0 })).toBe('Everybody has one.');
  expect(ruleSentence({ required: false, usersWithout: 1 })).toBe('1 user who may sign in has none.');
  expect(ruleSentence({ required: true, usersWithout: 3 })).toMatch(/^3 users who may sign in have none yet/);
});
