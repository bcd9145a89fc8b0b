import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema, ProxyProblemSchema, Reason, type ProxyProblem } from '#proto/muster/v1/errors_pb.js';

/** A failed call in the words of the person who made it. */
export interface Problem {
  readonly code: Code;
  readonly reason: Reason;
  /** What happened. */
  readonly message: string;
  /** What to do next. May be empty. */
  readonly help: string;
  /** The request field that is wrong, as a path. Empty where no single one is. */
  readonly field: string;
  /** Quote it when asking for help. Empty where the server was not reached. */
  readonly requestId: string;
}

/** Reads what a call threw. The server's own words come first; where it had none, the code speaks. */
export function toProblem(error: unknown): Problem {
  const wire = ConnectError.from(error);
  const info = wire.findDetails(ErrorInfoSchema)[0];
  const own = info === undefined ? withoutServer[wire.code] : undefined;
  return {
    code: wire.code,
    reason: info?.reason ?? Reason.UNSPECIFIED,
    message: asSentence(own?.message ?? wire.rawMessage),
    help: asSentence(info?.help ?? own?.help ?? ''),
    field: info?.field ?? '',
    requestId: info?.requestId ?? wire.metadata.get('x-request-id') ?? '',
  };
}

/** Whether a call failed because nobody is signed in. */
export const isSignedOut = (error: unknown): boolean =>
  error instanceof ConnectError && error.code === Code.Unauthenticated;

/** What is wrong with the sign-in proxy, where that is why a call failed. */
export const proxyProblemOf = (error: unknown): ProxyProblem | undefined =>
  error instanceof ConnectError ? error.findDetails(ProxyProblemSchema)[0] : undefined;

/** Whether a call failed because a second factor is required that the user lacks: until they add one, nothing else works. */
export const isConfined = (error: unknown): boolean =>
  error instanceof ConnectError && toProblem(error).reason === Reason.SECOND_FACTOR_REQUIRED;

/** Errors that never reached our own code: the network, a proxy, a server that is starting. */
const withoutServer: Partial<Record<Code, { message: string; help: string }>> = {
  [Code.Unavailable]: {
    message: 'The control plane cannot be reached',
    help: 'Nothing was changed. Check that it runs, then try again',
  },
  [Code.Unknown]: {
    message: 'The control plane cannot be reached',
    help: 'Check your network and that it runs, then try again',
  },
  [Code.Unimplemented]: {
    message: 'This control plane does not know that call',
    help: 'Reload the page: the console may be newer or older than the server',
  },
  [Code.DeadlineExceeded]: {
    message: 'The control plane took too long to answer',
    help: 'See whether it was done before you try again',
  },
  [Code.Internal]: {
    message: 'The control plane answered with something the console cannot read',
    help: 'Reload the page and try again',
  },
};

/** A text that begins and ends as a sentence does. */
export function asSentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}
