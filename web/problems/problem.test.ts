import { Code, ConnectError } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { toProblem } from './problem.ts';

test('a typed refusal keeps its field, its help and its request id', () => {
  const error = new ConnectError('the name is taken', Code.AlreadyExists, undefined, [
    {
      desc: ErrorInfoSchema,
      value: { reason: Reason.NAME_TAKEN, field: 'name', help: 'choose another', requestId: 'req1' },
    },
  ]);
  expect(toProblem(error)).toEqual({
    code: Code.AlreadyExists,
    reason: Reason.NAME_TAKEN,
    message: 'The name is taken.',
    help: 'Choose another.',
    field: 'name',
    requestId: 'req1',
  });
});

test('a network failure says that the control plane cannot be reached, and what to do', () => {
  const problem = toProblem(new TypeError('Failed to fetch'));
  expect(problem.message).toBe('The control plane cannot be reached.');
  expect(problem.help).not.toBe('');
});
