import { Code } from '@connectrpc/connect';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { Reason } from '#proto/muster/v1/errors_pb.js';

/** A typed detail beside ErrorInfo, for answers that carry more (a signed refusal). */
export interface ErrorDetail<Desc extends DescMessage = DescMessage> {
  readonly desc: Desc;
  readonly value: MessageInitShape<Desc>;
}

interface RefusalOptions {
  /** The request field that is wrong. */
  field?: string;
  /** What to do next, in one sentence. */
  help?: string;
  /** For rate limits: when to come back. */
  retryAfterSeconds?: number;
  details?: ErrorDetail[];
  /** The team whose thing it was about: its audit shows the attempt. */
  teamId?: string | undefined;
  cause?: unknown;
}

/** An answer that says no, and why. Everything else that is thrown counts as our own fault and is logged as such. */
export class Refusal extends Error {
  readonly code: Code;
  readonly reason: Reason;
  readonly field: string;
  readonly help: string;
  readonly retryAfterSeconds: number | undefined;
  readonly details: ErrorDetail[];
  readonly teamId: string | undefined;

  constructor(code: Code, reason: Reason, message: string, options: RefusalOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'Refusal';
    this.code = code;
    this.reason = reason;
    this.field = options.field ?? '';
    this.help = options.help ?? '';
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.details = options.details ?? [];
    this.teamId = options.teamId;
  }
}

/** The server cannot start. One sentence for the person at the terminal; exit code 1. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

/** The same answer for what does not exist and what the caller may not see. */
export class NotVisible extends Refusal {
  constructor(what: string) {
    super(Code.NotFound, Reason.NOT_FOUND, `There is no such ${what}, or it is not yours to see.`);
  }
}

/** `what` is the thing's common name: "host". */
export const notFound = (what: string): Refusal => new NotVisible(what);

export const invalidField = (field: string, message: string, reason: Reason = Reason.INVALID_FIELD): Refusal =>
  new Refusal(Code.InvalidArgument, reason, message, { field });

export const wrongState = (message: string, help = ''): Refusal =>
  new Refusal(Code.FailedPrecondition, Reason.WRONG_STATE, message, { help });

/** One body for every cause, so that nothing can be learnt from it. */
export const unauthenticated = (): Refusal =>
  new Refusal(Code.Unauthenticated, Reason.UNAUTHENTICATED, 'No valid credential was presented.', {
    help: 'Sign in, or present a valid token.',
  });

/** `teamId` is the team whose thing it was about. */
export const notAllowed = (message: string, teamId?: string): Refusal =>
  new Refusal(Code.PermissionDenied, Reason.NOT_ALLOWED, message, { teamId });

/** Somebody requires a second factor of this user, who has none: nothing else works until they have. */
export const secondFactorRequired = (): Refusal =>
  new Refusal(
    Code.FailedPrecondition,
    Reason.SECOND_FACTOR_REQUIRED,
    'A second factor is required of you, and your account has none.',
    { help: 'Open the console and add a passkey; then repeat.' },
  );

/** What changes who can sign in is asked for by a person who has just shown who they are. */
export const confirmationRequired = (): Refusal =>
  new Refusal(Code.FailedPrecondition, Reason.CONFIRMATION_REQUIRED, 'Confirm first that it is still you.', {
    help: 'Confirm with your password or a passkey, then repeat.',
  });

export const nameTaken = (field: string, message: string): Refusal =>
  new Refusal(Code.AlreadyExists, Reason.NAME_TAKEN, message, { field });

export const conflict = (message: string): Refusal =>
  new Refusal(Code.Aborted, Reason.CONFLICT, message, { help: 'Repeat the call.' });

export const hostUnreachable = (message: string, cause?: unknown): Refusal =>
  new Refusal(Code.Unavailable, Reason.HOST_UNREACHABLE, message, {
    help: 'Repeat the call when the host is back.',
    cause,
  });
