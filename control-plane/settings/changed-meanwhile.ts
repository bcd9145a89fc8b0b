import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { Refusal } from '../errors.ts';

/** Somebody else saved it after the caller had looked at it. */
export const changedMeanwhile = (version: number, by = 'Somebody else'): Refusal =>
  new Refusal(Code.Aborted, Reason.CONFLICT, `${by} changed this in the meantime: it is at version ${version} now.`, {
    help: 'Look at what stands there now; then save again, if you still want to.',
  });
