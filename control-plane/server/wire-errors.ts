import { ValidationError } from '@bufbuild/protovalidate';
import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { isDatabaseUnavailable, isRetryable, isStatementTimeout, isUnstorableText } from '../database/index.ts';
import { invalidField, Refusal } from '../errors.ts';
import { refusalOfViolation } from './validation/sentence.ts';

/** The answer to a call that arrives while the server goes away, and the end of every stream then. */
export const shuttingDown = (): Refusal =>
  new Refusal(Code.Unavailable, Reason.SHUTTING_DOWN, 'The server is shutting down.', { help: 'Repeat the call.' });

/** The answer to a call that took too long. */
export const deadlineExceeded = (cause?: unknown): Refusal =>
  new Refusal(Code.DeadlineExceeded, Reason.DEADLINE, 'The call took longer than its deadline.', {
    help: 'Repeat it, with a longer deadline if it has one.',
    cause,
  });

/** Turns whatever was thrown into the error that the caller reads. Every error carries an ErrorInfo; our own faults carry nothing else. */
export function toWireError(error: unknown, requestId: string): ConnectError {
  const refusal = asRefusal(error, requestId);
  const metadata: Record<string, string> =
    refusal.retryAfterSeconds === undefined ? {} : { 'retry-after': String(refusal.retryAfterSeconds) };
  const { reason, field, help, details } = refusal;
  const info = { desc: ErrorInfoSchema, value: { reason, field, help, requestId } };
  return new ConnectError(refusal.message, refusal.code, metadata, [info, ...details], error);
}

function asRefusal(error: unknown, requestId: string): Refusal {
  if (error instanceof Refusal) return error;
  if (isDatabaseUnavailable(error)) {
    return new Refusal(Code.Unavailable, Reason.DATABASE_UNAVAILABLE, 'The database cannot be reached now.', {
      help: 'Repeat the call in a few seconds.',
      cause: error,
    });
  }
  if (isRetryable(error)) {
    return new Refusal(Code.Unavailable, Reason.DATABASE_UNAVAILABLE, 'Others write the same at this moment.', {
      help: 'Repeat the call.',
      cause: error,
    });
  }
  if (isStatementTimeout(error)) return deadlineExceeded(error);
  if (isUnstorableText(error))
    return invalidField('', 'A text in the request holds a character that cannot be stored, such as U+0000.');
  if (error instanceof ConnectError) return fromLibrary(error, requestId);
  if (error instanceof Error && error.name === 'AbortError') return canceled(error);
  return internal(requestId, error);
}

/** Errors that the RPC library itself makes, before a handler runs. */
function fromLibrary(error: ConnectError, requestId: string): Refusal {
  const message = error.rawMessage.replace(/[^.]$/, '$&.');
  switch (error.code) {
    case Code.InvalidArgument:
      return error.cause instanceof ValidationError ? refusalOfViolation(error.cause) : invalidField('', message);
    case Code.Canceled:
      return canceled(error);
    case Code.DeadlineExceeded:
      return deadlineExceeded(error);
    case Code.ResourceExhausted:
      return new Refusal(error.code, Reason.TOO_LARGE, message, { help: 'Send less at once.', cause: error });
    case Code.Unimplemented:
      return new Refusal(error.code, Reason.UNIMPLEMENTED, message, {
        help: 'Look at the version of the server with SetupService.GetSetup.',
        cause: error,
      });
    default:
      return internal(requestId, error);
  }
}

/** The end of a call whose caller went away. */
export const canceled = (cause?: unknown): Refusal =>
  new Refusal(Code.Canceled, Reason.CANCELED, 'The call was canceled.', { cause });

const internal = (requestId: string, cause: unknown) =>
  new Refusal(Code.Internal, Reason.INTERNAL, `Something went wrong on our side. The log has it under ${requestId}.`, {
    help: `Quote ${requestId} when you ask for help.`,
    cause,
  });
