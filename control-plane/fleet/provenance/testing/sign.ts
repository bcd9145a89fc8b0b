import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** What CI holds, and what it gives out. */
export interface SigningKey {
  readonly pem: string;
  readonly key: KeyObject;
}

export function makeSigningKey(kind: 'ed25519' | 'p256' = 'ed25519'): SigningKey {
  const { publicKey, privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(), key: privateKey };
}

/** SLSA provenance of one artifact, as builders write it. */
export const provenanceOf = (sha256: string, gitCommit: string, uri = 'git+https://git.example/app') => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app.tar', digest: { sha256 } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { buildDefinition: { resolvedDependencies: [{ uri, digest: { gitCommit } }] } },
});

/** A DSSE envelope around a statement. */
export function seal(statement: unknown, { key }: SigningKey): string {
  const payload = Buffer.from(JSON.stringify(statement));
  const type = 'application/vnd.in-toto+json';
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
  const sig = sign(key.asymmetricKeyType === 'ec' ? 'sha256' : null, signed, key).toString('base64');
  return JSON.stringify({ payloadType: type, payload: payload.toString('base64'), signatures: [{ keyid: 'ci', sig }] });
}
