import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { invalidField } from '../../errors.ts';

/** A public key, with the SHA-256 of its DER form, in hex, as its id. */
export interface TrustedKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** Reads the PEM of an Ed25519 or ECDSA P-256 public key. Throws INVALID_FIELD. */
export function readPublicKey(pem: string): TrustedKey {
  // Of a private key, Node would make the public one: it must not come here at all.
  if (pem.includes('PRIVATE KEY'))
    throw invalidField('public_key', 'This is a private key. Keep it in CI, and give its public key here.');
  const key = parse(pem);
  const isKnown =
    key?.asymmetricKeyType === 'ed25519' ||
    (key?.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1');
  if (!key || !isKnown)
    throw invalidField(
      'public_key',
      'Give the PEM of an Ed25519 or ECDSA P-256 public key (-----BEGIN PUBLIC KEY-----).',
    );
  const der = key.export({ type: 'spki', format: 'der' });
  return { id: createHash('sha256').update(der).digest('hex'), key };
}

function parse(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}
