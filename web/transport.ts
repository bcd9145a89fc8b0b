import type { Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { isSignedOut } from './problems/problem.ts';

/** A call that takes longer has been lost on the way. Streams have no deadline: they promise a word every 15 s. */
const deadlineMs = 60_000;

/**
 * Calls to the control plane that served the console, with the session's cookie. `onSignedOut` hears of every call
 * that was refused because nobody is signed in.
 */
export const createTransport = (onSignedOut: () => void) =>
  createConnectTransport({
    baseUrl: window.location.origin,
    useBinaryFormat: true,
    interceptors: [withDeadline, tellSignedOut(onSignedOut)],
  });

const withDeadline: Interceptor = (next) => (request) => {
  if (request.stream) return next(request);
  return next({ ...request, signal: AbortSignal.any([request.signal, AbortSignal.timeout(deadlineMs)]) });
};

const tellSignedOut =
  (onSignedOut: () => void): Interceptor =>
  (next) =>
  async (request) => {
    try {
      return await next(request);
    } catch (error) {
      if (isSignedOut(error)) onSignedOut();
      throw error;
    }
  };
