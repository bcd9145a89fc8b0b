import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { openEnvelope } from './envelope.ts';
import { readPublicKey } from './key.ts';
import { makeSigningKey, provenanceOf, seal } from './testing/sign.ts';

const digest = 'd'.repeat(64);
const commit = 'c'.repeat(40);
const url = 'https://git.example/app.git';
const ci = makeSigningKey();
const trusted = [makeSigningKey(), ci].map(({ pem }) => readPublicKey(pem));
const open = (envelope: string) => openEnvelope(envelope, trusted, url);
const changed = (change: object) => seal({ ...provenanceOf(digest, commit), ...change }, ci);

test('a statement that a trusted key has signed says what was built from which commit', () => {
  const found = { commit, artifacts: [digest], keyId: trusted[1]!.id }; // there are two
  expect(open(seal(provenanceOf(digest, commit), ci))).toEqual(found);
  const curve = makeSigningKey('p256');
  const [key] = [curve.pem].map(readPublicKey);
  expect(openEnvelope(seal(provenanceOf(digest, commit), curve), [key!], url)).toMatchObject({ commit }); // one was read
  const older = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicate: { materials: [{ uri: 'git+https://git.example/app@refs/heads/main', digest: { sha1: commit } }] },
  };
  expect(open(changed(older))).toEqual(found);
});

test('of several commits, that of this repository counts; where none can be told apart, none does', () => {
  const other = { uri: 'git+https://git.example/other', digest: { gitCommit: 'e'.repeat(40) } };
  const own = { uri: 'git+https://git.example/app.git@refs/heads/main', digest: { gitCommit: commit } };
  const built = (...resolvedDependencies: object[]) =>
    changed({ predicate: { buildDefinition: { resolvedDependencies } } });
  expect(open(built(other, own))).toMatchObject({ commit });
  expect(() => open(built(other, { ...own, uri: 'git+https://git.example/fork' }))).toThrow(/the one commit/);
  expect(() => open(built({ ...own, digest: { gitCommit: 'c'.repeat(7) } }))).toThrow(/the one commit/);
  expect(() => open(built())).toThrow(/the one commit/);
});

test('what is signed by somebody else, changed afterwards, or something else, is refused with the reason', () => {
  const good = seal(provenanceOf(digest, commit), ci);
  const parts = JSON.parse(good) as { payload: string; payloadType: string };
  const forged = Buffer.from(JSON.stringify(provenanceOf('e'.repeat(64), commit))).toString('base64');
  expect(() => open(seal(provenanceOf(digest, commit), makeSigningKey()))).toThrow(/key that the repository trusts/);
  expect(() => open(JSON.stringify({ ...parts, payload: forged }))).toThrow(/key that the repository trusts/);
  expect(() => open(JSON.stringify({ ...parts, payloadType: 'text/plain' }))).toThrow(/no DSSE envelope/);
  expect(() => open('not JSON')).toThrow(/no DSSE envelope/);
  expect(() => open(changed({ _type: 'x' }))).toThrow(/no in-toto statement/);
  expect(() => open(changed({ subject: [{ digest: { sha512: 'x' } }] }))).toThrow(/no SHA-256 digest/);
});

test('a key is the public key of a kind that is known', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  expect(() => readPublicKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(/private key/);
  expect(() => readPublicKey('nonsense')).toThrow(/Ed25519 or ECDSA P-256/);
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  expect(() => readPublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString())).toThrow(/P-256/);
});
