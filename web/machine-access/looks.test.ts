import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { MachineAccessSchema } from '#proto/muster/v1/machine_access_pb.js';
import { accessSentence } from './looks.ts';

const sentence = (applied: number, offered: number, notOffered: number) =>
  accessSentence(create(MachineAccessSchema, { applied, offered, notOffered }));

test('one sentence says on how many machines what is wanted is in force', () => {
  expect(sentence(15, 16, 0)).toBe('Applied on 15 of 16 machines.');
  expect(sentence(1, 1, 1)).toBe('Applied on 1 of 1 machine. 1 machine offers no account for it.');
  expect(sentence(0, 0, 3)).toBe('No machine offers an account for it. An agent’s config names them.');
  expect(sentence(0, 0, 0)).toBe('No machine offers an account for it.');
});
