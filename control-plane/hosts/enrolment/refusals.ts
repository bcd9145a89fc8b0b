import { Code } from '@connectrpc/connect';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { QuarantineAccessSchema, RefusalKind, SignedRefusalSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Secret } from '#contract/secret.ts';
import { refusalStatement, signStatement } from '#contract/statements.ts';
import type { Context } from '../../context.ts';
import { Refusal, type ErrorDetail } from '../../errors.ts';

/** Whom a refusal names. Empty where the credential named nobody. */
export interface Refused {
  readonly hostId: string;
  readonly enrolmentId: string;
  /** The nonce of the request; empty for requests without one. */
  readonly nonce: Uint8Array;
}

/** One answer for a join token that is malformed, unknown, used, expired or revoked, and for a wrong proof. */
export const joinRefused = (): Refusal =>
  new Refusal(Code.Unauthenticated, Reason.UNAUTHENTICATED, 'This join token cannot be used.', {
    help: "Make a new one on the host's page and run the command that it shows.",
  });

/** The access token is over or revoked: the agent refreshes, and only the refresh's signed answer counts. */
export const refreshRequired = (): Refusal =>
  new Refusal(Code.Unauthenticated, Reason.REFRESH_REQUIRED, 'This access token is not valid any more.', {
    help: 'Refresh it.',
  });

export const credentialsRevoked = (context: Context, refused: Refused): Refusal =>
  new Refusal(Code.Unauthenticated, Reason.UNAUTHENTICATED, 'These host credentials are not valid.', {
    help: 'An operator can mint a new join token for the host.',
    details: [signed(context, RefusalKind.CREDENTIALS_REVOKED, refused)],
  });

/** Nothing is rotated for a quarantined host; with `access` its agent goes on saying that it lives and what is on it. */
export const quarantined = (
  context: Context,
  refused: Refused,
  access?: { readonly token: Secret; readonly expiresAt: Date },
): Refusal =>
  new Refusal(Code.Unauthenticated, Reason.QUARANTINED, "The host's credentials are locked after a finding.", {
    help: 'An operator must look at it, then unlock the host or mint a new join token for it.',
    details: [signed(context, RefusalKind.QUARANTINED, refused), ...(access ? [granted(access)] : [])],
  });

export const hostDeleted = (context: Context, refused: Refused): Refusal =>
  new Refusal(Code.FailedPrecondition, Reason.HOST_DELETED, 'This host was deleted.', {
    details: [signed(context, RefusalKind.HOST_DELETED, refused)],
  });

/** Nothing that an agent acts on: it goes on, and tries again. */
export const databaseIsOlder = (): Refusal =>
  new Refusal(
    Code.Unavailable,
    Reason.DATABASE_UNAVAILABLE,
    'The database is older than what hosts have seen; an operator has to decide.',
    { help: 'Try again: open the window for hosts (muster hosts drift) or settle the drift.' },
  );

export const alreadyRotated = (): Refusal =>
  new Refusal(
    Code.FailedPrecondition,
    Reason.ALREADY_ROTATED,
    'This refresh token was rotated before, with this successor.',
    {
      help: 'Go on with the successor.',
    },
  );

const granted = (access: {
  readonly token: Secret;
  readonly expiresAt: Date;
}): ErrorDetail<typeof QuarantineAccessSchema> => ({
  desc: QuarantineAccessSchema,
  value: { accessToken: access.token.reveal(), accessTokenExpiresAt: timestampFromDate(access.expiresAt) },
});

function signed(
  { installation, clock }: Context,
  kind: RefusalKind,
  refused: Refused,
): ErrorDetail<typeof SignedRefusalSchema> {
  const statement = {
    kind,
    installationId: installation.id,
    ...refused,
    signedAt: BigInt(Math.floor(clock.now() / 1000)),
  };
  return {
    desc: SignedRefusalSchema,
    value: {
      ...statement,
      nonce: new Uint8Array(refused.nonce),
      signature: new Uint8Array(signStatement(refusalStatement(statement), installation.privateKey)),
    },
  };
}
