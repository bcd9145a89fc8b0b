import { createContextKey, type ContextKey } from '@connectrpc/connect';
import type { Caller } from '../access/index.ts';
import type { Context } from '../context.ts';

/** Where a handler finds the context of its request: `values.get(requestContext)`. Set for every RPC before the handler runs. */
export const requestContext: ContextKey<Context> = createContextKey<Context>(missing(), {
  description: 'the request context',
});

/** What a stream does about its caller as they are now: throws where it must end. */
export type StayingCheck = (now: Caller) => void | Promise<void>;

/** What a handler asks of its caller as long as its stream runs; where it sets nothing, that their rights stay the same. */
export const stayingCheck = createContextKey<StayingCheck | undefined>(undefined, {
  description: 'whether a stream may go on',
});

/** Writes down that something is about to be done with what is a team's; without the row it may not be done. */
export type NoteAhead = (teamId: string) => Promise<void>;

/** How a handler writes down a sensitive call of those that `access/sensitive.ts` has written `ahead`. */
export const noteAhead = createContextKey<NoteAhead>(() => Promise.resolve(), {
  description: 'writes down a use before it happens',
});

/** Stands in where nobody set a context: says so at the first touch instead of somewhere deep inside. */
function missing(): Context {
  // A Proxy without target methods is the one place where the type cannot be met: it is never a real context.
  return new Proxy({} as Context, {
    get: () => {
      throw new Error('No context was set for this call: it did not come through the server.');
    },
  });
}
