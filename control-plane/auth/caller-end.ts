import type { Caller } from '../access/index.ts';
import type { Services } from '../context.ts';
import { unauthenticated } from '../errors.ts';
import { findLiveSession } from './store.ts';

/** Tells when the session of a caller ends while a stream of theirs runs. Answers what stops the watch. */
export function onCallerEnd(services: Services, caller: Caller, end: (reason: Error) => void): () => void {
  if (caller.kind !== 'session' && caller.kind !== 'user_token') return () => {};
  const look = async () => {
    if (!(await findLiveSession(services.pool, caller.credentialId))) end(unauthenticated());
  };
  return services.bus.subscribe(['session'], ({ id }) => {
    if (id !== caller.credentialId && id !== '*') return;
    look().catch((error: unknown) => services.log.debug({ err: error }, 'a session could not be looked at'));
  });
}
