/** Why nothing was answered. */
export type OutgoingFailureKind =
  | 'private_address'
  | 'plain_http'
  | 'unknown_name'
  | 'unreachable'
  | 'certificate'
  | 'timeout'
  | 'too_large'
  | 'canceled';

const sentences: Readonly<Record<OutgoingFailureKind, string>> = {
  private_address: 'leads to a private address: name its range in MUSTER_PRIVATE_RANGES, if this server may call it.',
  plain_http: 'leads out of your network without encryption: use an address that begins with https://.',
  unknown_name: 'has no address: check how its name is written.',
  unreachable: 'cannot be reached from this server: check the address, and whether a firewall stands between.',
  certificate: 'shows a certificate that this server does not trust.',
  timeout: 'did not answer in time.',
  too_large: 'answered more than it should.',
  canceled: 'was not waited for.',
};

/** A call to another service that got no answer. What it says is ours: it carries nothing of what was sent. */
export class OutgoingFailure extends Error {
  override readonly name = 'OutgoingFailure';
  readonly kind: OutgoingFailureKind;

  constructor(kind: OutgoingFailureKind, host: string, cause?: unknown) {
    super(`${host} ${sentences[kind]}`, { cause });
    this.kind = kind;
  }
}

const unknownNames: readonly unknown[] = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA'];

/** Codes of failed handshakes and certificates are many, and all begin like one of these. */
const certificate = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/;

/** What an error of a socket amounts to. */
export function failureKindOf(error: unknown): OutgoingFailureKind {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (unknownNames.includes(code)) return 'unknown_name';
  return certificate.test(code) ? 'certificate' : 'unreachable';
}
