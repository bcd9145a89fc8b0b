import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { RepositorySchema } from '#proto/muster/v1/fleet_pb.js';
import { repositoriesSentence } from './sentence.ts';

const repository = (headKnown: boolean) => create(RepositorySchema, { headKnown });

test.each([
  [[], 'No repository is registered.'],
  [[repository(true)], 'The head of the one repository is known.'],
  [[repository(true), repository(true)], 'The heads of all 2 repositories are known.'],
  [[repository(true), repository(false)], 'The heads of 1 of 2 repositories are known; 1 cannot be told now.'],
  [[repository(false)], 'The head of the one repository is not known now.'],
])('%#: the sentence says which heads can be relied on', (repositories, sentence) => {
  expect(repositoriesSentence(repositories)).toBe(sentence);
});
