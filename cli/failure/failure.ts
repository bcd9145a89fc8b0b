import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema, Reason, type ErrorInfo } from '#proto/muster/v1/errors_pb.js';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

/** A failure as the user meets it. */
interface Failure {
  readonly sentence: string;
  readonly code: number;
}

const codes: Readonly<Partial<Record<Code, number>>> = {
  [Code.InvalidArgument]: exitCodes.usage,
  [Code.OutOfRange]: exitCodes.usage,
  [Code.Unauthenticated]: exitCodes.signInNeeded,
  [Code.PermissionDenied]: exitCodes.notAllowed,
  [Code.NotFound]: exitCodes.notFound,
  [Code.FailedPrecondition]: exitCodes.conflict,
  [Code.AlreadyExists]: exitCodes.conflict,
  [Code.Aborted]: exitCodes.conflict,
  [Code.ResourceExhausted]: exitCodes.exhausted,
  [Code.Unavailable]: exitCodes.unavailable,
  [Code.DeadlineExceeded]: exitCodes.unavailable,
};

/** One sentence for people and one code for scripts. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) return { sentence: error.message, code: error.exitCode };
  if (error instanceof ConnectError)
    return { sentence: sentenceOf(error), code: codes[error.code] ?? exitCodes.failure };
  return { sentence: error instanceof Error ? error.message : String(error), code: exitCodes.failure };
}

function sentenceOf(error: ConnectError): string {
  const [info] = error.findDetails(ErrorInfoSchema);
  // Without our detail nobody of ours has answered.
  if (!info) return `The control plane cannot be reached (${error.rawMessage}). Is it running, and is --server right?`;
  if (info.reason === Reason.UNAUTHENTICATED)
    return withRequest('You are not signed in, or no longer. Run muster login.', info);
  const field = info.field && !error.rawMessage.includes(info.field) ? ` (${info.field})` : '';
  return withRequest([asSentence(error.rawMessage + field), info.help].filter(Boolean).join(' '), info);
}

const withRequest = (sentence: string, { requestId }: ErrorInfo) =>
  requestId ? `${sentence} [${requestId}]` : sentence;

const asSentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
