import { Code, ConnectError } from '@connectrpc/connect';
import { RefusalKind, SignedRefusalSchema, type SignedRefusal } from '#proto/muster/agent/v1/enrolment_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import { refusalStatement, verifyStatement } from '#contract/statements.ts';
import type { Credentials } from './credentials.ts';

/** What an agent may conclude from a call that failed. Whatever it cannot trust means that nobody was reached. */
export type Failure =
  | { readonly kind: 'unreachable'; readonly why: string }
  /** The access token is over. */
  | { readonly kind: 'refresh required' }
  | { readonly kind: 'already rotated' }
  /** Signed by the installation. */
  | { readonly kind: 'refused'; readonly refusal: TrustedRefusal };

export type TrustedRefusal = Exclude<RefusalKind, RefusalKind.UNSPECIFIED>;

/** The installation itself has refused, in a signed answer. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: TrustedRefusal;

  constructor(refusal: TrustedRefusal) {
    super(`The installation refused this host: ${RefusalKind[refusal]}.`);
    this.refusal = refusal;
  }
}

/** The control plane could not be reached, or what answered was not trustworthy. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Reads a failed call. `nonce` is the request's, empty where it carried none. */
export function readFailure(thrown: unknown, credentials: Credentials, nonce: Uint8Array): Failure {
  if (thrown instanceof RefusedError) return { kind: 'refused', refusal: thrown.refusal };
  if (thrown instanceof UnreachableError) return { kind: 'unreachable', why: thrown.message };
  const error = ConnectError.from(thrown);
  const refusal = error.findDetails(SignedRefusalSchema).find((each) => isTrusted(each, credentials, nonce));
  if (refusal) return { kind: 'refused', refusal: refusal.kind as TrustedRefusal }; // `isTrusted` admits no other
  const reason = reasonOf(error);
  if (reason === Reason.ALREADY_ROTATED) return { kind: 'already rotated' };
  // Without our own detail it is some proxy's 401.
  if (error.code === Code.Unauthenticated && reason !== Reason.UNSPECIFIED) return { kind: 'refresh required' };
  return { kind: 'unreachable', why: error.rawMessage };
}

/** Why our own service refused; unspecified when somebody else answered. */
export function reasonOf(error: ConnectError): Reason {
  return error.findDetails(ErrorInfoSchema)[0]?.reason ?? Reason.UNSPECIFIED;
}

function isTrusted(refusal: SignedRefusal, credentials: Credentials, nonce: Uint8Array): boolean {
  // A credential that names no host can only be unknown, never deleted.
  const named = refusal.hostId === credentials.host.id && refusal.enrolmentId === credentials.enrolmentId;
  const unnamed = refusal.hostId === '' && refusal.enrolmentId === '' && refusal.kind !== RefusalKind.HOST_DELETED;
  return (
    (named || unnamed) &&
    refusal.kind in RefusalKind &&
    refusal.kind !== RefusalKind.UNSPECIFIED &&
    refusal.installationId === credentials.installation.id &&
    Buffer.compare(refusal.nonce, nonce) === 0 &&
    verifyStatement(refusalStatement(refusal), refusal.signature, credentials.installation.publicKey)
  );
}
