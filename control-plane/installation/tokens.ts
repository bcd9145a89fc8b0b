import { createPrivateKey, randomUUID, type KeyObject } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { Secret } from '#contract/secret.ts';
import { publicKeyFrom } from '#contract/statements.ts';
import type { Clock } from '../clock.ts';
import type { Pool } from '../database/index.ts';
import type { Sealer } from './seal.ts';
import { sealName } from './signing-keys.ts';
import { findSigningKeys, type SigningKeyRow } from './store.ts';
import type { TokenSigner } from './types.ts';
import { VerifiedTokens } from './verified.ts';

const algorithm = 'EdDSA';
const tokenType = 'JWT';
/** How long keys that were read are trusted; a token by an unknown key makes them be read again, once a second at most. */
const keysFreshMs = 60_000;
const unknownKeyPauseMs = 1_000;
const clockToleranceSeconds = 60;

interface LoadedKey extends SigningKeyRow {
  readonly verifier: KeyObject;
}

/** Signs and verifies with the installation's keys as the database holds them. */
export function tokenSigner(pool: Pool, issuer: string, sealer: Sealer, clock: Clock): TokenSigner {
  const verifiedTokens = new VerifiedTokens(clock);
  let loaded: { at: number; keys: readonly LoadedKey[] } | undefined;
  let loading: Promise<readonly LoadedKey[]> | undefined;

  const read = () =>
    (loading ??= findSigningKeys(pool)
      .then((rows) => {
        const keys = rows.map((row) => ({ ...row, verifier: publicKeyFrom(row.publicKey) }));
        loaded = { at: clock.now(), keys };
        return keys;
      })
      .finally(() => (loading = undefined)));
  const keysNotOlderThan = async (ageMs: number) => (loaded && clock.now() - loaded.at < ageMs ? loaded.keys : read());

  return {
    async sign({ audience, subject, lifetimeMs, claims }) {
      const key = (await keysNotOlderThan(keysFreshMs)).find(({ signs }) => signs);
      if (!key) throw new Error('No signing key signs now.');
      const issuedAt = Math.floor(clock.now() / 1000);
      const expiresAt = issuedAt + Math.floor(lifetimeMs / 1000);
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, kid: key.kid, typ: tokenType })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(
          createPrivateKey({
            key: sealer.unseal(sealName(key.kid), key.sealedPrivateKey),
            format: 'der',
            type: 'pkcs8',
          }),
        );
      return { token: new Secret(token), expiresAt: new Date(expiresAt * 1000) };
    },

    remembered: (token) => verifiedTokens.find(token),

    async verify(token, audience) {
      const known = verifiedTokens.find(token);
      if (known) return known.audience === audience ? known.token : undefined;
      try {
        const { payload } = await jwtVerify(
          token,
          async ({ kid }) => {
            const fresh = (await keysNotOlderThan(keysFreshMs)).find((key) => key.kid === kid);
            const key = fresh ?? (await keysNotOlderThan(unknownKeyPauseMs)).find((one) => one.kid === kid);
            if (!key) throw new errors.JWKSNoMatchingKey();
            return key.verifier;
          },
          {
            algorithms: [algorithm],
            typ: tokenType,
            issuer,
            audience,
            requiredClaims: ['sub', 'jti', 'iat', 'exp'],
            clockTolerance: clockToleranceSeconds,
            // Longer than any token lives; it also refuses one that was issued in the future.
            maxTokenAge: '8 days',
            currentDate: new Date(clock.now()),
          },
        );
        const { sub, jti, exp, ...claims } = payload;
        if (typeof sub !== 'string' || typeof jti !== 'string' || typeof exp !== 'number') return undefined;
        const verified = { subject: sub, id: jti, expiresAt: new Date(exp * 1000), claims };
        verifiedTokens.remember(token, audience, verified);
        return verified;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },

    async publicKeys() {
      const keys = await keysNotOlderThan(keysFreshMs);
      return {
        keys: keys.map(({ kid, publicKey, certificate }) => ({
          kty: 'OKP',
          crv: 'Ed25519',
          x: publicKey.toString('base64url'),
          kid,
          alg: algorithm,
          use: 'sig',
          // The installation key's signature: who pinned that key needs to trust nothing else.
          muster_certificate: certificate.toString('base64url'),
        })),
      };
    },
  };
}
