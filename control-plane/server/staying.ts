import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { sameRights, type Caller } from '../access/index.ts';
import { Refusal } from '../errors.ts';
import type { StayingCheck } from './request-context.ts';

/** A view is made for certain rights: with others it has to be made anew. */
export const withSameRights =
  (before: Caller): StayingCheck =>
  (now) => {
    if (sameRights(before, now)) return;
    throw new Refusal(Code.Aborted, Reason.CONFLICT, 'What you may see has changed.', {
      help: 'Open the stream again.',
    });
  };
