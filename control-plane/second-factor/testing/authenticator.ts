import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** What a test may have an authenticator or its browser do wrong. */
export interface Mischief {
  readonly origin?: string;
  readonly rpId?: string;
  /** Answers for this credential instead of its own. */
  readonly credentialId?: string;
  /** What its counter says. */
  readonly signCount?: number;
  /** Signs something else. */
  readonly badSignature?: boolean;
}

/** An authenticator in software, with one passkey: true keys and signatures, as a browser would hand them on. */
export interface Authenticator {
  readonly credentialId: string;
  /** Answers options for a new passkey, as JSON. */
  create(optionsJson: string, mischief?: Mischief): string;
  /** Answers options for using it, as JSON. Its counter grows by one each time. */
  use(optionsJson: string, mischief?: Mischief): string;
}

const userPresent = 0x01;
const userVerified = 0x04;
const hasCredential = 0x40;

/** Makes one that works at this address of the console. */
export function makeAuthenticator(origin: string): Authenticator {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const credential = randomBytes(32);
  const credentialId = credential.toString('base64url');
  const ownRpId = new URL(origin).hostname;
  let count = 0;

  const clientData = (type: string, optionsJson: string, mischief: Mischief) => {
    const { challenge } = JSON.parse(optionsJson) as { challenge: string };
    return Buffer.from(JSON.stringify({ type, challenge, origin: mischief.origin ?? origin, crossOrigin: false }));
  };
  const authenticatorData = (
    flags: number,
    signCount: number,
    { rpId = ownRpId }: Mischief,
    rest = Buffer.alloc(0),
  ) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(userPresent | userVerified | flags, 0);
    head.writeUInt32BE(signCount, 1);
    return Buffer.concat([sha256(Buffer.from(rpId)), head, rest]);
  };
  const answer = (id: string, response: Record<string, string | string[]>) =>
    JSON.stringify({ id, rawId: id, type: 'public-key', clientExtensionResults: {}, response });

  return {
    credentialId,
    create(optionsJson, mischief = {}) {
      const { x = '', y = '' } = keys.publicKey.export({ format: 'jwk' });
      // COSE: an ES256 key on P-256.
      const publicKey = isoCBOR.encode(
        new Map<number, number | Uint8Array>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, fromBase64Url(x)],
          [-3, fromBase64Url(y)],
        ]),
      );
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credential.length);
      const made = Buffer.concat([Buffer.alloc(16), length, credential, publicKey]);
      const attestation = new Map<string, string | Uint8Array | Map<string, string>>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', new Uint8Array(authenticatorData(hasCredential, mischief.signCount ?? count, mischief, made))],
      ]);
      return answer(mischief.credentialId ?? credentialId, {
        clientDataJSON: clientData('webauthn.create', optionsJson, mischief).toString('base64url'),
        attestationObject: Buffer.from(isoCBOR.encode(attestation)).toString('base64url'),
        transports: ['internal', 'something-new'],
      });
    },
    use(optionsJson, mischief = {}) {
      count += 1;
      const client = clientData('webauthn.get', optionsJson, mischief);
      const data = authenticatorData(0, mischief.signCount ?? count, mischief);
      const signed = Buffer.concat([data, sha256(mischief.badSignature ? Buffer.from('something else') : client)]);
      return answer(mischief.credentialId ?? credentialId, {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: sign('sha256', signed, keys.privateKey).toString('base64url'),
      });
    },
  };
}

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest();
const fromBase64Url = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));
