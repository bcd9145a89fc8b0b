import type { KeyObject } from 'node:crypto';
import type { Secret } from '#contract/secret.ts';

/** The installation as the database and the master key make it. */
export interface Installation {
  readonly id: string;
  /** 32 bytes, Ed25519; agents pin its fingerprint. */
  readonly publicKey: Uint8Array;
  /** `SHA256:…`, as join commands carry it. */
  readonly fingerprint: string;
  /** Signs enrolments, connections and refusals. */
  readonly privateKey: KeyObject;
  /** Encrypts what is stored (AES-256-GCM); `name` is bound to it as associated data. */
  readonly seal: (name: string, plain: Uint8Array) => Buffer;
  /** The reverse. Throws when the name or the master key is another. */
  readonly unseal: (name: string, sealed: Uint8Array) => Buffer;
  /** HMAC-SHA256 of a text, under a key of the master key's that serves this purpose alone. */
  readonly mac: (purpose: string, text: string) => Buffer;
  readonly tokens: TokenSigner;
}

/** Signs and verifies JWTs with the installation's signing keys (EdDSA), `iss` being the installation's id. */
export interface TokenSigner {
  /** `claims` are added to iss, aud, sub, jti, iat and exp. */
  sign(token: {
    audience: Audience;
    subject: string;
    lifetimeMs: number;
    claims: Readonly<Record<string, string | number>>;
  }): Promise<{ token: Secret; expiresAt: Date }>;
  /** The claims of a valid token of this audience; undefined for anything else. Throws only when the database fails. */
  verify(token: string, audience: Audience): Promise<VerifiedToken | undefined>;
  /** A token that was verified a moment ago, with its audience: without waiting, and without reading what it claims. */
  remembered(token: string): Remembered | undefined;
  /** The public keys, as `/.well-known/jwks.json` serves them. */
  publicKeys(): Promise<{ keys: readonly Readonly<Record<string, unknown>>[] }>;
}

export type Audience = 'muster-host' | 'muster-user' | 'muster-replica';

export interface Remembered {
  readonly audience: Audience;
  readonly token: VerifiedToken;
}

export interface VerifiedToken {
  readonly subject: string;
  readonly id: string;
  readonly expiresAt: Date;
  readonly claims: Readonly<Record<string, unknown>>;
}
