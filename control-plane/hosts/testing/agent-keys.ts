import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { JoinHostRequestSchema, RefreshCredentialsRequestSchema } from '#proto/muster/agent/v1/enrolment_pb.js';
import { HostSpecsSchema } from '#proto/muster/v1/host_pb.js';
import { joinStatement, rawPublicKey, refreshStatement, signStatement } from '#contract/statements.ts';
import { mintToken, parseToken, type Token } from '#contract/token.ts';

/** What an agent holds, laid open: tests present it in every wrong order. */
export class AgentKeys {
  readonly key: KeyObject = generateKeyPairSync('ed25519').privateKey;
  readonly first: Token = mintToken('hrt');
  readonly #installationId: string;

  constructor(installationId: string) {
    this.#installationId = installationId;
  }

  get publicKey(): Buffer {
    return rawPublicKey(this.key);
  }

  join(joinToken: string) {
    const { publicKey, first } = this;
    const tokenId = parseToken(joinToken, 'join')?.id ?? '';
    const statement = joinStatement({
      tokenId,
      publicKey,
      installationId: this.#installationId,
      refreshTokenHash: first.hash,
    });
    return {
      joinToken,
      publicKey,
      refreshTokenId: first.id,
      refreshTokenHash: first.hash,
      signature: signStatement(statement, this.key),
      specs: create(HostSpecsSchema, {
        arch: 'x64',
        cpus: 4,
        memoryMib: 8192n,
        diskMib: 10_240n,
        hostname: 'bare',
        runtime: 'test 1',
        templates: ['base'],
      }),
    } satisfies MessageInitShape<typeof JoinHostRequestSchema>;
  }

  refresh(current: Token, next: Token, key: KeyObject = this.key) {
    const nonce = randomBytes(16);
    const statement = refreshStatement({
      tokenId: current.id,
      nextTokenHash: next.hash,
      installationId: this.#installationId,
      nonce,
    });
    return {
      refreshToken: current.secret.reveal(),
      nextTokenId: next.id,
      nextTokenHash: next.hash,
      signature: signStatement(statement, key),
      nonce,
    } satisfies MessageInitShape<typeof RefreshCredentialsRequestSchema>;
  }
}
