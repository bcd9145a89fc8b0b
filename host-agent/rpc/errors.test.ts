import { writeFile } from 'node:fs/promises';
import { Code } from '@connectrpc/connect';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { toWireError } from './errors.ts';

const context = { log: pino({ level: 'silent' }), signal: new AbortController().signal };
const told = (error: unknown) => {
  const wire = toWireError(context, error);
  return { code: wire.code, message: wire.rawMessage, reason: wire.findDetails(ErrorInfoSchema)[0]?.reason };
};

test('that the disk of the host is full is said as such, also where it is the reason of something else', async () => {
  const full = await writeFile('/dev/full', 'x').catch((error: unknown) => error);
  const said = { code: Code.ResourceExhausted, message: "The host's disk is full.", reason: Reason.NO_SPACE };
  expect(told(full)).toEqual(said);
  expect(told(new Error('The record cannot be kept.', { cause: full }))).toEqual(said);
  expect(told(new Error('Something else.'))).toMatchObject({ code: Code.Internal, reason: Reason.INTERNAL });
});
