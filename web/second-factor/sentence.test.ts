import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ListPasskeysResponseSchema, SecondFactorDemandSchema } from '#proto/muster/v1/auth_pb.js';
import { addRefusal, codesSentence, demandSentence, removeRefusal, removeSentence } from './sentence.ts';

const demand = (installation: boolean, ...teamNames: string[]) =>
  create(SecondFactorDemandSchema, { installation, teamNames });
const factor = (passkeys: number, recoveryCodesLeft: number, required = false) =>
  create(ListPasskeysResponseSchema, {
    passkeys: Array.from({ length: passkeys }, (_, index) => ({ id: `pky${index}` })),
    recoveryCodesLeft,
    mostPasskeys: 10,
    ...(required && { requiredBy: { installation: true } }),
  });

test('who requires a second factor is named', () => {
  expect(demandSentence(undefined)).toBeUndefined();
  expect(demandSentence(demand(true))).toBe('This installation requires a second factor of you.');
  expect(demandSentence(demand(false, 'Research'))).toBe('Research requires a second factor of you.');
  expect(demandSentence(demand(true, 'A', 'b'))).toBe('This installation, A and b require a second factor of you.');
});

test('the last passkey stays while it is required and no code is left', () => {
  expect(removeRefusal(factor(1, 0, true))).toMatch(/this is the last/);
  expect(removeRefusal(factor(1, 3, true))).toBeUndefined();
  expect(removeRefusal(factor(2, 0, true))).toBeUndefined();
  expect(removeRefusal(factor(1, 0))).toBeUndefined();
});

test('what removing one means is said before', () => {
  expect(removeSentence(factor(2, 3))).toMatch(/other passkeys do/);
  expect(removeSentence(factor(1, 3))).toMatch(/password alone/);
  expect(removeSentence(factor(1, 3, true))).toMatch(/add a new one at once/);
});

test('why none can be added, and how many codes are left', () => {
  expect(addRefusal(factor(9, 0), true)).toBeUndefined();
  expect(addRefusal(factor(10, 0), true)).toMatch(/the most there can be/);
  expect(addRefusal(factor(0, 0), false)).toMatch(/address/);
  expect(codesSentence(0)).toMatch(/no recovery codes/);
  expect(codesSentence(1)).toMatch(/^One/);
  expect(codesSentence(10)).toMatch(/^10 recovery codes are left/);
});
