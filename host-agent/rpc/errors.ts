import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import type { Context } from '../context.ts';
import { SandboxError, type SandboxErrorReason } from '../sandboxes/index.ts';

const wireErrors = {
  not_found: { code: Code.NotFound, reason: Reason.NOT_FOUND, field: 'sandbox_id' },
  wrong_state: { code: Code.FailedPrecondition, reason: Reason.WRONG_STATE, field: '' },
  no_runtime: { code: Code.FailedPrecondition, reason: Reason.WRONG_STATE, field: '' },
  template_missing: { code: Code.NotFound, reason: Reason.NOT_FOUND, field: 'spec.template' },
  bad_layer: { code: Code.InvalidArgument, reason: Reason.INVALID_FIELD, field: 'digest' },
  runtime_failed: { code: Code.Internal, reason: Reason.INTERNAL, field: '' },
  nothing_listens: { code: Code.FailedPrecondition, reason: Reason.NOTHING_LISTENS, field: 'port' },
  limit: { code: Code.ResourceExhausted, reason: Reason.SANDBOX_LIMIT, field: '' },
} satisfies Record<SandboxErrorReason, { code: Code; reason: Reason; field: string }>;

/** Turns what a call on sandboxes threw into what the control plane is told. What is no refusal is our own fault, and logged. */
export function toWireError({ log, signal }: Context, error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  if (error instanceof SandboxError) {
    const { code, reason, field } = wireErrors[error.reason];
    return new ConnectError(
      error.message,
      code,
      undefined,
      [{ desc: ErrorInfoSchema, value: { reason, field } }],
      error,
    );
  }
  if (signal.aborted) {
    return new ConnectError(
      'The agent is stopping.',
      Code.Unavailable,
      undefined,
      [{ desc: ErrorInfoSchema, value: { reason: Reason.SHUTTING_DOWN } }],
      error,
    );
  }
  log.error({ err: error }, 'A call failed for a reason of our own.');
  if (isDiskFull(error)) {
    return new ConnectError(
      "The host's disk is full.",
      Code.ResourceExhausted,
      undefined,
      [
        {
          desc: ErrorInfoSchema,
          value: { reason: Reason.NO_SPACE, help: 'Repeat the call once somebody has freed space on the host.' },
        },
      ],
      error,
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  return new ConnectError(
    message,
    Code.Internal,
    undefined,
    [{ desc: ErrorInfoSchema, value: { reason: Reason.INTERNAL } }],
    error,
  );
}

/** Whether the file system that the agent writes to has no room left, or its quota. */
const isDiskFull = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) || isDiskFull(error.cause));
