import { createContextKey } from '@connectrpc/connect';
import { anonymous, type Caller } from '../access/index.ts';
import type { Origin } from '../context.ts';
import type { RawRequest } from '../sso/index.ts';

const nowhere: Origin = { requestId: '', address: '', userAgent: '', loopback: false };

/** What the door found out about a call before its body was read. */
export const callOrigin = createContextKey<Origin>(nowhere, { description: 'where a call came from' });
/** Headers as they came, before anybody put those of one name together. */
export const callRaw = createContextKey<RawRequest>(
  { rawHeaders: [], peer: '' },
  { description: 'the headers of a call as they came' },
);
export const callCaller = createContextKey<Caller>(anonymous, { description: 'who calls' });
export const callStartedAt = createContextKey<number>(0, { description: 'when a call began' });
