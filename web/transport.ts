import type { Interceptor } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { isConfined, isSignedOut } from './problems/problem.ts';

/** A call that takes longer has been lost on the way. Streams have no deadline: they promise a word every 15 s. */
const deadlineMs = 60_000;

/**
 * Calls to the control plane that served the console, with the session's cookie. `onSignedOut` hears of every call
 * that was refused because nobody is signed in, or because who is lacks a second factor.
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
      if (isSignedOut(error) || isConfined(error)) onSignedOut();
      throw error;
    }
  };
