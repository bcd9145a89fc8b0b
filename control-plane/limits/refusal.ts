import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { Refusal } from '../errors.ts';

/** Says what there was too much of, and when to come back. */
export function tooMany(what: string, waitMs: number): Refusal {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new Refusal(Code.ResourceExhausted, Reason.RATE_LIMITED, `Too many ${what}: wait ${seconds} s.`, {
    help: 'Wait, then try again.',
    retryAfterSeconds: seconds,
  });
}
