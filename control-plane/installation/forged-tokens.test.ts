import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decodeJwt, SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publicKeyFrom, rawPublicKey } from '#contract/statements.ts';
import { callPlain, startTestControlPlane, type TestControlPlane } from '../testing/index.ts';
import { sealName } from './signing-keys.ts';
import { findSigningKeys, type SigningKeyRow } from './store.ts';

let plane: TestControlPlane;
let signing: SigningKeyRow;
let key: KeyObject;
beforeAll(async () => {
  plane = await startTestControlPlane();
  const { pool, installation } = plane.services;
  signing = (await findSigningKeys(pool)).find(({ signs }) => signs)!;
  const der = installation.unseal(sealName(signing.kid), signing.sealedPrivateKey);
  key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
});
afterAll(() => plane?.stop());

interface Change {
  readonly header?: Partial<JWTHeaderParameters>;
  readonly payload?: JWTPayload;
  readonly key?: KeyObject | Uint8Array;
}

/** A user token that is right in everything but the change. */
function token({ header = {}, payload = {}, key: signer = key }: Change = {}): Promise<string> {
  const claims = { ...decodeJwt(plane.admin.token), ...payload };
  const head = { alg: 'EdDSA', kid: signing.kid, typ: 'JWT', ...header };
  return new SignJWT(claims).setProtectedHeader(head).sign(signer, { crit: { 'urn:example': true } });
}
const unsigned = (alg: string, signature = '') => {
  const [, payload] = plane.admin.token.split('.');
  const head = Buffer.from(JSON.stringify({ alg, kid: signing.kid, typ: 'JWT' })).toString('base64url');
  return `${head}.${payload}.${signature}`;
};
const now = () => Math.floor(Date.now() / 1000);
const pem = () => publicKeyFrom(signing.publicKey).export({ format: 'pem', type: 'spki' });
const getCaller = (value: string) =>
  callPlain(plane.url, 'muster.v1.AuthService/GetCaller', {}, { authorization: `Bearer ${value}` });

test('a token that is made as ours are is one', async () => {
  expect((await getCaller(await token())).status).toBe(200);
});

test.each<[string, () => string | Promise<string>]>([
  ['alg none', () => unsigned('none')],
  ['alg none, in other letters, with a signature', () => unsigned('nOnE', plane.admin.token.split('.')[2])],
  ['HS256 with the raw public key', () => token({ header: { alg: 'HS256' }, key: signing.publicKey })],
  ['HS256 with the public key as PEM', () => token({ header: { alg: 'HS256' }, key: Buffer.from(pem()) })],
  [
    'HS256 with the public key as it is published',
    () => token({ header: { alg: 'HS256' }, key: Buffer.from(signing.publicKey.toString('base64url')) }),
  ],
  ['the signature of another key', () => token({ key: generateKeyPairSync('ed25519').privateKey })],
  ['an unknown key id', () => token({ header: { kid: 'nobodys' } })],
  ['the key id of the key that does not sign yet', async () => token({ header: { kid: await nextKid() } })],
  ['no key id', () => token({ header: { kid: undefined } })],
  [
    'a key that it brings itself',
    () => {
      const { privateKey } = generateKeyPairSync('ed25519');
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: rawPublicKey(privateKey).toString('base64url') };
      return token({ header: { jwk, kid: 'brought' }, key: privateKey });
    },
  ],
  ['another kind of token', () => token({ header: { typ: 'at+jwt' } })],
  ['no kind', () => token({ header: { typ: undefined } })],
  ['an extension that nobody knows', () => token({ header: { crit: ['urn:example'], 'urn:example': 1 } })],
  ['another audience', () => token({ payload: { aud: 'muster-gateway' } })],
  ['two audiences', () => token({ payload: { aud: ['muster-user', 'muster-host'] } })],
  ['no audience', () => token({ payload: { aud: undefined } })],
  ['another issuer', () => token({ payload: { iss: 'inst0123456789abcdef' } })],
  ['no issuer', () => token({ payload: { iss: undefined } })],
  ['an end that is over', () => token({ payload: { exp: now() - 61 } })],
  ['no end', () => token({ payload: { exp: undefined } })],
  ['a beginning that is still to come', () => token({ payload: { nbf: now() + 120 } })],
  ['a time of issue that is still to come', () => token({ payload: { iat: now() + 120 } })],
  ['no session', () => token({ payload: { sid: undefined } })],
  ["another user's session", () => token({ payload: { sid: plane.other.sessionId } })],
  ['no user', () => token({ payload: { sub: undefined } })],
])('%s is refused, in the words of every other refusal', async (_what, make) => {
  expect(await getCaller(await make())).toMatchObject({
    status: 401,
    body: { message: 'No valid credential was presented.' },
    info: { reason: 'REASON_UNAUTHENTICATED' },
  });
});

const nextKid = async () => (await findSigningKeys(plane.services.pool)).find(({ signs }) => !signs)!.kid;

test("a host's token opens nothing of a user's, and a user's nothing of a host's", async () => {
  const host = await plane.services.installation.tokens.sign({
    audience: 'muster-host',
    subject: 'host:host0123456789abcdef',
    lifetimeMs: 60_000,
    claims: { epoch: 1, gen: 1 },
  });
  expect((await getCaller(host.token.reveal())).status).toBe(403);
  const asHost = { payload: { aud: 'muster-host' } };
  for (const value of [plane.admin.token, await token(asHost)]) {
    const headers = { authorization: `Bearer ${value}` };
    const beat = await callPlain(plane.url, 'muster.agent.v1.EnrolmentService/Heartbeat', {}, headers);
    expect([400, 401, 403]).toContain(beat.status);
    const upgrade = await fetch(`${plane.url}/`, { headers });
    expect(upgrade.status).not.toBe(101);
  }
  expect((await getCaller(await token(asHost))).status, 'a user is no host, whatever the audience says').toBe(401);
});
