import type { Transport } from '@connectrpc/connect';
import type { QueryClient } from '@tanstack/react-query';
import { isSignedOut } from '../problems/problem.ts';
import { callerOptions } from './require-session.ts';

/**
 * What to do when a call was refused as not signed in, or for want of a second factor: ask once who we are, and if the
 * session is really over or confined, load the document anew. That drops everything of the account and leads to the page
 * that helps, with the way back.
 */
export function createSignedOutCheck(queryClient: QueryClient, transport: () => Transport): () => void {
  let asking = false;
  return () => {
    const options = callerOptions({ transport: transport() });
    const wasSignedIn = queryClient.getQueryData(options.queryKey) !== undefined;
    if (asking || !wasSignedIn) return;
    asking = true;
    queryClient
      .fetchQuery({ ...options, staleTime: 0 })
      .then(
        ({ caller }) => caller?.secondFactorDemand !== undefined && window.location.reload(),
        (error: unknown) => isSignedOut(error) && window.location.reload(),
      )
      .finally(() => {
        asking = false;
      });
  };
}
