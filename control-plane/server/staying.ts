import { Code, createContextKey } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { sameRights, type Caller } from '../access/index.ts';
import type { StayingCheck } from '../auth/index.ts';
import { Refusal } from '../errors.ts';

/** What a handler asks of its caller as long as its stream runs; where it sets nothing, that their rights stay the same. */
export const stayingCheck = createContextKey<StayingCheck | undefined>(undefined, {
  description: 'whether a stream may go on',
});

/** A view is made for certain rights: with others it has to be made anew. */
export const withSameRights =
  (before: Caller): StayingCheck =>
  (now) => {
    if (sameRights(before, now)) return;
    throw new Refusal(Code.Aborted, Reason.CONFLICT, 'What you may see has changed.', {
      help: 'Open the stream again.',
    });
  };
