import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const version = 1;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + nonceBytes + tagBytes;

/** What the master key is good for. It is never used itself, only keys derived from it. */
export interface Sealer {
  /** AES-256-GCM: version, nonce, tag, cipher text. The name is bound to it as associated data. */
  readonly seal: (name: string, plain: Uint8Array) => Buffer;
  /** Throws when the name or the key is another, or a byte was changed. */
  readonly unseal: (name: string, sealed: Uint8Array) => Buffer;
  /** HMAC-SHA256 of a text, under a key that serves this purpose alone. */
  readonly mac: (purpose: string, text: string) => Buffer;
  /** Stored beside what is sealed: tells whether a master key belongs to a database before anything is done with it. */
  check(installationId: string): Buffer;
}

export function sealerOf(masterKey: Uint8Array): Sealer {
  const key = derive(masterKey, 'muster-seal-v1');
  const checkKey = derive(masterKey, 'muster-check-v1');
  return {
    seal(name, plain) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
      const text = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), text]);
    },
    unseal(name, sealed) {
      if (sealed[0] !== version || sealed.length < headBytes)
        throw new Error(`${name} was not sealed by this version of Muster.`);
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + nonceBytes))
        .setAAD(Buffer.from(name))
        .setAuthTag(sealed.subarray(1 + nonceBytes, headBytes));
      return Buffer.concat([decipher.update(sealed.subarray(headBytes)), decipher.final()]);
    },
    mac: (purpose, text) =>
      createHmac('sha256', derive(masterKey, `muster-mac-v1:${purpose}`))
        .update(text)
        .digest(),
    check: (installationId) => createHmac('sha256', checkKey).update(installationId).digest(),
  };
}

const derive = (masterKey: Uint8Array, purpose: string) => Buffer.from(hkdfSync('sha256', masterKey, '', purpose, 32));
