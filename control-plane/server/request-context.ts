import { createContextKey, type ContextKey } from '@connectrpc/connect';
import type { Context } from '../context.ts';

/** Where a handler finds the context of its request: `values.get(requestContext)`. Set for every RPC before the handler runs. */
export const requestContext: ContextKey<Context> = createContextKey<Context>(missing(), {
  description: 'the request context',
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
