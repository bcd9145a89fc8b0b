import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { MemberSchema } from '#proto/muster/v1/team_pb.js';
import { factorSentence } from './second-factor.ts';

const member = (name: string, secondFactor?: boolean) =>
  create(MemberSchema, { name, ...(secondFactor !== undefined && { secondFactor }) });

test('who has no second factor is named, up to five', () => {
  expect(factorSentence(undefined)).toMatch(/Who has none/);
  expect(factorSentence([member('Ada', true)])).toBe('Every member has one.');
  expect(factorSentence([member('Ada', false), member('Bo', true)])).toMatch(/^Ada has none/);
  expect(factorSentence(['A', 'B', 'C', 'D', 'E', 'F', 'G'].map((name) => member(name, false)))).toMatch(
    /^A, B, C, D, E and 2 more have none/,
  );
});
