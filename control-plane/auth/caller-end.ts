import type { Caller } from '../access/index.ts';
import type { Services } from '../context.ts';
import { findLiveCredential } from '../credentials/index.ts';
import { unauthenticated } from '../errors.ts';
import { findLiveSession } from './store.ts';

/** Tells when the session or key of a caller ends while a stream of theirs runs. Answers what stops the watch. */
export function onCallerEnd(services: Services, caller: Caller, end: (reason: Error) => void): () => void {
  const watched = watchedOf(caller);
  if (!watched) return () => {};
  const { topic, credentialId, find } = watched;
  const look = async () => {
    if (!(await find(services.pool, credentialId))) end(unauthenticated());
  };
  return services.bus.subscribe([topic], ({ id }) => {
    if (id !== credentialId && id !== '*') return;
    look().catch((error: unknown) => services.log.debug({ err: error }, 'a credential could not be looked at'));
  });
}

/** What tells the end of a caller, and where to look whether it has come. Nothing for hosts: their connections end them. */
function watchedOf(caller: Caller) {
  const { kind } = caller;
  switch (kind) {
    case 'session':
    case 'user_token':
      return { topic: 'session', credentialId: caller.credentialId, find: findLiveSession } as const;
    case 'org_key':
    case 'team_key':
    case 'machine_identity':
      return { topic: 'credential', credentialId: caller.credentialId, find: findLiveCredential } as const;
    case 'host':
    case 'anonymous':
    case 'system':
      return undefined;
  }
}
