import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/**
 * What hosts and the installation sign, byte for byte: a version word and the fields, each on its own line.
 * Binary fields are hex. No field can hold a line break, so no two statements share their bytes.
 */
type Statement = readonly [version: string, ...fields: readonly (string | Uint8Array)[]];

const bytesOf = ([version, ...fields]: Statement): Buffer =>
  Buffer.from(
    [version, ...fields.map((field) => (typeof field === 'string' ? field : Buffer.from(field).toString('hex')))].join(
      '\n',
    ),
  );

/** Signed by the host key when it joins. */
export const joinStatement = (s: {
  tokenId: string;
  publicKey: Uint8Array;
  installationId: string;
  refreshTokenHash: Uint8Array;
}): Statement => ['muster-join-v1', s.tokenId, s.publicKey, s.installationId, s.refreshTokenHash];

/** Signed by the installation when a host has joined. */
export const enrolmentStatement = (s: {
  installationId: string;
  hostId: string;
  enrolmentId: string;
  publicKey: Uint8Array;
}): Statement => ['muster-enrolment-v1', s.installationId, s.hostId, s.enrolmentId, s.publicKey];

/** Signed by the host key when it rotates its refresh token. */
export const refreshStatement = (s: {
  tokenId: string;
  nextTokenHash: Uint8Array;
  installationId: string;
  nonce: Uint8Array;
}): Statement => ['muster-refresh-v1', s.tokenId, s.nextTokenHash, s.installationId, s.nonce];

/** Signed by the installation over the agent's nonce when a connection is upgraded. */
export const serverConnectionStatement = (s: {
  installationId: string;
  hostId: string;
  agentNonce: Uint8Array;
  serverNonce: Uint8Array;
}): Statement => ['muster-connection-server-v1', s.installationId, s.hostId, s.agentNonce, s.serverNonce];

/** Signed by the host key over the control plane's nonce, as the first call on a connection. */
export const hostConnectionStatement = (s: {
  installationId: string;
  hostId: string;
  agentNonce: Uint8Array;
  serverNonce: Uint8Array;
}): Statement => ['muster-connection-host-v1', s.installationId, s.hostId, s.agentNonce, s.serverNonce];

/** Signed by the host key over the control plane's nonce, with what a heartbeat says of components. */
export const reportStatement = (s: {
  installationId: string;
  hostId: string;
  instanceId: string;
  sequence: bigint;
  nonce: Uint8Array;
  reports: readonly SignedReport[];
}): Statement => [
  'muster-report-v1',
  s.installationId,
  s.hostId,
  s.instanceId,
  String(s.sequence),
  s.nonce,
  reportsDigest(s.reports),
];

interface SignedMoment {
  readonly seconds: bigint;
  readonly nanos: number;
}

/** The fields of a report, in the order in which they are signed. */
interface SignedReport {
  readonly component: string;
  readonly repository: string;
  readonly runningSha: string;
  readonly worktreeSha: string;
  readonly dirty: boolean;
  readonly buildSource: number;
  readonly builtAt?: SignedMoment | undefined;
  readonly startedAt?: SignedMoment | undefined;
  readonly probeError: string;
  readonly age?: SignedMoment | undefined;
  readonly artifactSha256: string;
}

/** SHA-256 of the reports as a JSON list of lists; moments are seconds and nanoseconds as text, or null. */
function reportsDigest(reports: readonly SignedReport[]): Uint8Array {
  const moment = (at: SignedMoment | undefined) => (at ? `${at.seconds}.${at.nanos}` : null);
  const rows = reports.map((report) => [
    report.component,
    report.repository,
    report.runningSha,
    report.worktreeSha,
    report.dirty,
    report.buildSource,
    moment(report.builtAt),
    moment(report.startedAt),
    report.probeError,
    moment(report.age),
    // Agents that know of no artifacts sign none.
    ...(report.artifactSha256 === '' ? [] : [report.artifactSha256]),
  ]);
  return createHash('sha256').update(JSON.stringify(rows)).digest();
}

/** Signed by the installation with every refusal that an agent may act on. `kind` is the enum's number. */
export const refusalStatement = (s: {
  kind: number;
  installationId: string;
  hostId: string;
  enrolmentId: string;
  nonce: Uint8Array;
  signedAt: bigint;
}): Statement => [
  'muster-refusal-v1',
  String(s.kind),
  s.installationId,
  s.hostId,
  s.enrolmentId,
  s.nonce,
  String(s.signedAt),
];

/** Signed by the host key when it leaves the installation. */
export const leaveStatement = (s: {
  installationId: string;
  hostId: string;
  enrolmentId: string;
  force: boolean;
}): Statement => ['muster-leave-v1', s.installationId, s.hostId, s.enrolmentId, String(s.force)];

/** Signed by the installation over how new its database is. */
export const stateStatement = (s: { installationId: string; generation: string; sequence: bigint }): Statement => [
  'muster-state-v1',
  s.installationId,
  s.generation,
  String(s.sequence),
];

/** Signed by the installation over each key that signs access tokens; stands beside it in the JWKS. */
export const signingKeyStatement = (s: { installationId: string; kid: string; publicKey: Uint8Array }): Statement => [
  'muster-signing-key-v1',
  s.installationId,
  s.kid,
  s.publicKey,
];

/** Signs a statement with an Ed25519 private key. */
export function signStatement(statement: Statement, privateKey: KeyObject): Buffer {
  return sign(null, bytesOf(statement), privateKey);
}

/** Whether a statement carries a valid signature of this key. Never throws. */
export function verifyStatement(statement: Statement, signature: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return verify(null, bytesOf(statement), publicKeyFrom(publicKey), signature);
  } catch {
    return false;
  }
}

/** The 32 bytes of an Ed25519 public key. */
export function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from((key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' }).x!, 'base64url');
}

/** An Ed25519 public key from its 32 bytes. Throws on anything else. */
export function publicKeyFrom(raw: Uint8Array): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') },
    format: 'jwk',
  });
}

/** An Ed25519 private key from PKCS#8 PEM. */
export function privateKeyFrom(pem: string): KeyObject {
  return createPrivateKey(pem);
}

/** How people and join commands name a public key: `SHA256:` and 43 base64url characters. */
export function keyFingerprint(raw: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(raw).digest('base64url')}`;
}
