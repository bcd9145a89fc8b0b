import { generateKeyPairSync } from 'node:crypto';

/** A new Ed25519 key as it stands in a `.pub` file, without a comment. */
export function newPublicKey(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const fields = ['ssh-ed25519', Buffer.from(x, 'base64url')].map((field) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(field));
    return Buffer.concat([length, Buffer.from(field)]);
  });
  return `ssh-ed25519 ${Buffer.concat(fields).toString('base64')}`;
}
