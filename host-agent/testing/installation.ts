import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import { SignJWT } from 'jose';
import {
  RefusalKind,
  SignedRefusalSchema,
  type EnrolmentService,
  type HeartbeatRequest,
  type JoinHostRequest,
  type LeaveHostRequest,
  type RefreshCredentialsRequest,
} from '#proto/muster/agent/v1/enrolment_pb.js';
import { ErrorInfoSchema, Reason } from '#proto/muster/v1/errors_pb.js';
import {
  enrolmentStatement,
  joinStatement,
  leaveStatement,
  keyFingerprint,
  rawPublicKey,
  refreshStatement,
  refusalStatement,
  signStatement,
  verifyStatement,
} from '#contract/statements.ts';
import { mintToken, parseToken } from '#contract/token.ts';

export const testHost = { id: 'host0000000000aa', name: 'tester', enrolmentId: 'enrol1' } as const;

/** How a refusal is signed. */
export type Signing = 'signed' | 'unsigned' | 'by another key' | 'for another nonce' | 'for another host';

/** An installation with one host: the rules of the door for hosts as the design states them, in memory. */
export class TestInstallation {
  readonly id = 'inst000000000000';
  readonly privateKey: KeyObject = generateKeyPairSync('ed25519').privateKey;
  readonly publicKey = rawPublicKey(this.privateKey);
  readonly fingerprint = keyFingerprint(this.publicKey);
  readonly joinToken = mintToken('join');
  readonly heartbeats: HeartbeatRequest[] = [];
  /** Every proposal that arrived: the token's id and the successor's. */
  readonly proposals: { readonly tokenId: string; readonly nextTokenId: string }[] = [];
  heartbeatEveryMs = 50;
  refreshNow = false;
  /** How new it says that its database is. */
  state: { readonly generation: string; readonly sequence: bigint } | undefined;
  /** How far its clock is ahead of the agent's. */
  clockAheadMs = 0;
  /** How many sandboxes it believes to be on the host. */
  sandboxes = 0;
  /** Refuses what is set here. */
  refuseRefresh: { readonly kind: RefusalKind; readonly signing: Signing } | undefined;
  refuseHeartbeats: { readonly kind: RefusalKind; readonly signing: Signing } | undefined;
  hostKey: Uint8Array | undefined;
  #joinedWith: { readonly publicKey: Uint8Array; readonly hash: Uint8Array } | undefined;
  #current: { readonly id: string; readonly hash: Uint8Array } | undefined;
  #pending: { readonly id: string; readonly hash: Uint8Array; readonly generation: number } | undefined;
  readonly #successors = new Map<string, Uint8Array>();
  #generation = 1;
  #oldestGeneration = 0;

  /** The id of the refresh token in use. */
  get currentTokenId(): string | undefined {
    return this.#current?.id;
  }

  get pendingTokenId(): string | undefined {
    return this.#pending?.id;
  }

  /** All access tokens that are out are refused from now on. */
  revokeAccessTokens(): void {
    this.#oldestGeneration = this.#generation + 1;
    this.#generation += 1;
  }

  /** The pending refresh token is used somewhere else, so that it becomes the current one. */
  promote(): void {
    if (!this.#pending || !this.#current) return;
    this.#successors.set(this.#current.id, this.#pending.hash);
    this.#current = this.#pending;
    this.#pending = undefined;
  }

  readonly service: ServiceImpl<typeof EnrolmentService> = {
    joinHost: (request) => this.#join(request),
    refreshCredentials: (request) => this.#refresh(request),
    heartbeat: (request, context) => this.#heartbeat(request, context),
    leaveHost: (request) => this.#leave(request),
  };

  /** The generation of a valid access token. */
  checkToken(authorization: string | null): number | undefined {
    const payload = /^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/.exec(authorization ?? '')?.[1];
    if (!payload) return undefined;
    const { gen } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { gen: number }; // a token of ours
    return gen >= this.#oldestGeneration ? gen : undefined;
  }

  async #join({ joinToken, publicKey, refreshTokenHash, refreshTokenId, signature }: JoinHostRequest) {
    const statement = joinStatement({
      tokenId: this.joinToken.id,
      publicKey,
      installationId: this.id,
      refreshTokenHash,
    });
    const known = parseToken(joinToken, 'join')?.hash.equals(this.joinToken.hash);
    const before = this.#joinedWith;
    const repeated = before && same(before.publicKey, publicKey) && same(before.hash, refreshTokenHash);
    if (!known || !verifyStatement(statement, signature, publicKey) || (before && !repeated)) {
      throw refusal(Code.Unauthenticated, Reason.UNAUTHENTICATED);
    }
    if (!before) {
      this.#joinedWith = { publicKey, hash: refreshTokenHash };
      this.hostKey = publicKey;
      this.#current = { id: refreshTokenId, hash: refreshTokenHash };
    }
    const { id: hostId, name: hostName, enrolmentId } = testHost;
    const enrolled = enrolmentStatement({ installationId: this.id, hostId, enrolmentId, publicKey });
    return {
      hostId,
      hostName,
      enrolmentId,
      ...(await this.#grant()),
      installationId: this.id,
      installationPublicKey: Uint8Array.from(this.publicKey),
      signature: Uint8Array.from(signStatement(enrolled, this.privateKey)),
      heartbeatInterval: durationFromMs(this.heartbeatEveryMs),
    };
  }

  async #refresh({ refreshToken, nextTokenHash, nextTokenId, signature, nonce }: RefreshCredentialsRequest) {
    const token = parseToken(refreshToken, 'hrt');
    this.proposals.push({ tokenId: token?.id ?? '', nextTokenId });
    if (this.refuseRefresh) throw this.#refuse(this.refuseRefresh, nonce);
    const statement = refreshStatement({ tokenId: token?.id ?? '', nextTokenHash, installationId: this.id, nonce });
    if (!token || !verifyStatement(statement, signature, this.hostKey ?? new Uint8Array())) {
      throw this.#refuse({ kind: RefusalKind.CREDENTIALS_REVOKED, signing: 'signed' }, nonce);
    }
    if (token.id === this.#pending?.id && same(token.hash, this.#pending.hash)) this.promote();
    if (token.id !== this.#current?.id || !same(token.hash, this.#current.hash)) {
      const successor = this.#successors.get(token.id);
      if (successor && same(successor, nextTokenHash)) throw refusal(Code.FailedPrecondition, Reason.ALREADY_ROTATED);
      this.refuseRefresh = { kind: RefusalKind.QUARANTINED, signing: 'signed' };
      throw this.#refuse(this.refuseRefresh, nonce);
    }
    if (!this.#pending || !same(this.#pending.hash, nextTokenHash)) {
      this.#generation += 1;
      this.#pending = { id: nextTokenId, hash: nextTokenHash, generation: this.#generation };
    }
    return this.#grant();
  }

  #heartbeat(request: HeartbeatRequest, { requestHeader }: HandlerContext) {
    if (this.refuseHeartbeats) throw this.#refuse(this.refuseHeartbeats, new Uint8Array());
    const generation = this.checkToken(requestHeader.get('authorization'));
    if (generation === undefined) throw refusal(Code.Unauthenticated, Reason.REFRESH_REQUIRED);
    if (this.#pending?.generation === generation) this.promote();
    this.heartbeats.push(request);
    const { refreshNow } = this;
    this.refreshNow = false;
    return {
      nextIn: durationFromMs(this.heartbeatEveryMs),
      serverTime: timestampFromMs(Date.now() + this.clockAheadMs),
      refreshNow,
      state: this.state,
    };
  }

  #leave({ force, signature }: LeaveHostRequest) {
    const { id: hostId, enrolmentId } = testHost;
    const statement = leaveStatement({ installationId: this.id, hostId, enrolmentId, force });
    if (!verifyStatement(statement, signature, this.hostKey ?? new Uint8Array()))
      throw refusal(Code.Unauthenticated, Reason.REFRESH_REQUIRED);
    if (this.sandboxes > 0 && !force) throw refusal(Code.Aborted, Reason.HOST_HAS_SANDBOXES);
    this.refuseRefresh = { kind: RefusalKind.HOST_DELETED, signing: 'signed' };
    return { destroyedSandboxes: this.sandboxes };
  }

  async #grant() {
    const expiresAt = new Date(Date.now() + 7 * 86_400_000);
    const token = new SignJWT({ gen: this.#generation })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuedAt()
      .setExpirationTime(expiresAt);
    return { accessToken: await token.sign(this.privateKey), accessTokenExpiresAt: timestampFromDate(expiresAt) };
  }

  #refuse({ kind, signing }: { kind: RefusalKind; signing: Signing }, nonce: Uint8Array): ConnectError {
    const statement = {
      kind,
      installationId: this.id,
      hostId: signing === 'for another host' ? 'host0000000000bb' : testHost.id,
      enrolmentId: testHost.enrolmentId,
      nonce: Uint8Array.from(signing === 'for another nonce' ? randomBytes(16) : nonce),
      signedAt: BigInt(Math.floor(Date.now() / 1000)),
    };
    const key = signing === 'by another key' ? generateKeyPairSync('ed25519').privateKey : this.privateKey;
    const signature = Uint8Array.from(signStatement(refusalStatement(statement), key));
    const details = signing === 'unsigned' ? [] : [{ desc: SignedRefusalSchema, value: { ...statement, signature } }];
    return refusal(Code.Unauthenticated, Reason.UNAUTHENTICATED, details);
  }
}

type Detail = { desc: typeof SignedRefusalSchema; value: MessageInitShape<typeof SignedRefusalSchema> };

const refusal = (code: Code, reason: Reason, details: Detail[] = []) =>
  new ConnectError('refused', code, undefined, [{ desc: ErrorInfoSchema, value: { reason } }, ...details]);

const same = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;
