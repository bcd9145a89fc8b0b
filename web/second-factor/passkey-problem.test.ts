import { expect, test } from 'vitest';
import { passkeyProblem } from './passkey-problem.ts';

test('what a browser says about passkeys is said in words, and nothing else is', () => {
  expect(passkeyProblem(new DOMException('x', 'NotAllowedError'))).toMatch(/took too long/);
  expect(passkeyProblem(new DOMException('x', 'InvalidStateError'))).toMatch(/already/);
  expect(passkeyProblem(new Error('x'))).toBeUndefined();
  expect(passkeyProblem('x')).toBeUndefined();
});
