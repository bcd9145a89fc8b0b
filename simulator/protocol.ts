import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import type { Agent } from 'node:http';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { ConnectError, createClient, type Client } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import {
  EnrolmentService,
  type ComponentReportSchema,
  type HeartbeatRequestSchema,
  QuarantineAccessSchema,
  type HeartbeatResponse,
} from '#proto/muster/agent/v1/enrolment_pb.js';
import type { HostSpecsSchema } from '#proto/muster/v1/host_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { Secret } from '#contract/secret.ts';
import {
  enrolmentStatement,
  joinStatement,
  keyFingerprint,
  rawPublicKey,
  refreshStatement,
  signStatement,
  verifyStatement,
} from '#contract/statements.ts';
import { mintToken, parseToken, type Token } from '#contract/token.ts';

export type HostSpecs = MessageInitShape<typeof HostSpecsSchema>;
export type ComponentReport = MessageInitShape<typeof ComponentReportSchema>;

/** A host's enrolment, in memory. */
export interface Identity {
  readonly hostId: string;
  readonly hostName: string;
  readonly installationId: string;
  readonly installationKey: Uint8Array;
  readonly hostKey: KeyObject;
}

/** The agent's calls on the control plane. */
export class EnrolledClient {
  readonly identity: Identity;
  readonly #enrolment: Client<typeof EnrolmentService>;
  #refreshToken: Token;
  #accessToken: Secret;
  #refreshing: Promise<void> | undefined;

  private constructor(
    enrolment: Client<typeof EnrolmentService>,
    identity: Identity,
    refreshToken: Token,
    accessToken: Secret,
  ) {
    this.#enrolment = enrolment;
    this.identity = identity;
    this.#refreshToken = refreshToken;
    this.#accessToken = accessToken;
  }

  /** Joins with a one-time token. Throws when the server does not have the pinned key. */
  static async join(
    serverUrl: string,
    joinToken: string,
    fingerprint: string,
    specs: HostSpecs,
    agent: Agent,
  ): Promise<EnrolledClient> {
    const transport = createConnectTransport({
      baseUrl: serverUrl,
      httpVersion: '1.1',
      defaultTimeoutMs: 15_000,
      nodeOptions: { agent },
    });
    const enrolment = createClient(EnrolmentService, transport);
    const { installationId } = await createClient(SetupService, transport).getSetup({});
    const { privateKey } = generateKeyPairSync('ed25519');
    const publicKey = rawPublicKey(privateKey);
    const refreshToken = mintToken('hrt');
    const tokenId = parseToken(joinToken, 'join')?.id ?? '';
    const statement = joinStatement({ tokenId, publicKey, installationId, refreshTokenHash: refreshToken.hash });
    const answer = await enrolment.joinHost({
      joinToken,
      publicKey,
      refreshTokenHash: refreshToken.hash,
      refreshTokenId: refreshToken.id,
      signature: signStatement(statement, privateKey),
      specs,
    });
    const { hostId, hostName, enrolmentId, installationPublicKey, signature, accessToken } = answer;
    const enrolled = enrolmentStatement({ installationId, hostId, enrolmentId, publicKey });
    const genuine =
      keyFingerprint(installationPublicKey) === fingerprint &&
      verifyStatement(enrolled, signature, installationPublicKey);
    if (!genuine) throw new Error('The enrolment is not signed by the installation that the join command names.');
    const identity = {
      hostId,
      hostName,
      installationId,
      installationKey: installationPublicKey,
      hostKey: privateKey,
    };
    return new EnrolledClient(enrolment, identity, refreshToken, new Secret(accessToken));
  }

  get accessToken(): string {
    return this.#accessToken.reveal();
  }

  get authorization(): string {
    return `Bearer ${this.accessToken}`;
  }

  heartbeat(request: MessageInitShape<typeof HeartbeatRequestSchema>): Promise<HeartbeatResponse> {
    return this.#enrolment.heartbeat(request, { headers: { authorization: this.authorization } });
  }

  /** Rotates the refresh token. Throws what the control plane answers, and takes the access that a quarantine leaves. */
  refresh(): Promise<void> {
    return (this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined)));
  }

  async #refresh(): Promise<void> {
    const next = mintToken('hrt');
    const nonce = randomBytes(16);
    const { installationId, hostKey } = this.identity;
    const tokenId = this.#refreshToken.id;
    const statement = refreshStatement({ tokenId, nextTokenHash: next.hash, installationId, nonce });
    const answer = await this.#enrolment
      .refreshCredentials({
        refreshToken: this.#refreshToken.secret.reveal(),
        nextTokenHash: next.hash,
        nextTokenId: next.id,
        signature: signStatement(statement, hostKey),
        nonce,
      })
      .catch((error: unknown) => {
        const [access] = ConnectError.from(error).findDetails(QuarantineAccessSchema);
        if (access) this.#accessToken = new Secret(access.accessToken);
        throw error;
      });
    this.#refreshToken = next;
    this.#accessToken = new Secret(answer.accessToken);
  }
}
