import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import {
  ImportTestersResponseSchema,
  RemoveTesterResponseSchema,
  TesterCountSchema,
  TesterState,
} from '#proto/muster/v1/tester_pb.js';
import { goingSentence, importSentence, testersSentence } from './sentence.ts';

const { PROVISIONING, READY, FAILED, REMOVING, REMOVAL_FAILED } = TesterState;

test.each([
  [[], 'Nobody was brought in yet.'],
  [[[READY, 1]], 'The one tester can work.'],
  [[[READY, 3]], 'All 3 testers can work.'],
  [[[PROVISIONING, 1]], '0 of 1 tester can work; 1 is on the way.'],
  [
    [
      [READY, 2],
      [FAILED, 1],
      [REMOVAL_FAILED, 1],
      [REMOVING, 2],
    ],
    '2 of 6 testers can work; 2 cannot go on, 2 are being removed.',
  ],
] as const)('%j', (counts, sentence) =>
  expect(testersSentence(counts.map(([state, testers]) => create(TesterCountSchema, { state, testers })))).toBe(
    sentence,
  ),
);

test('what a CSV comes to, before and after', () => {
  const answer = { added: 2, existing: 1, wrong: 1 };
  expect(importSentence(create(ImportTestersResponseSchema, answer))).toBe(
    '2 new testers, 1 is a tester already, 1 row has problems.',
  );
  expect(importSentence(create(ImportTestersResponseSchema, { ...answer, done: true }))).toBe(
    '2 testers brought in, 1 is a tester already.',
  );
});

test('what goes with a tester, and what stays', () => {
  const going = create(RemoveTesterResponseSchema, { sandboxes: 2, coUsers: 1 });
  expect(goingSentence(going, true)).toBe(
    'The team, 2 sandboxes, the keys and the account go, with all files. 1 co-user loses the team. It cannot be undone.',
  );
  expect(goingSentence(create(RemoveTesterResponseSchema), false)).toBe(
    'The team and the keys go, with all files. The account was there before, and stays. It cannot be undone.',
  );
});
