import { randomBytes } from 'node:crypto';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { ConnectError } from '@connectrpc/connect';
import { QuarantineAccessSchema, RefusalKind } from '#proto/muster/agent/v1/enrolment_pb.js';
import { refreshStatement, signStatement } from '#contract/statements.ts';
import { Secret } from '#contract/secret.ts';
import type { Context } from '../context.ts';
import type { CredentialStore } from './credentials.ts';
import type { Door } from './door.ts';
import { readFailure, RefusedError, UnreachableError } from './failure.ts';
import type { HostKey } from './host-key.ts';

/** What a rotation needs. */
export interface Enrolled {
  readonly store: CredentialStore;
  readonly hostKey: HostKey;
  readonly door: Door;
}

/** An access token with its end by the control plane's clock. */
export interface AccessGrant {
  readonly token: Secret;
  readonly expiresAt: Date;
  /** The host is quarantined: nothing was rotated, and the token is for saying that it lives and what is on it. */
  readonly quarantined?: true;
}

/**
 * Proposes the next refresh token, which is on disk before it is sent, and answers a fresh access token. Whoever is
 * interrupted repeats the same proposal. Throws RefusedError where the installation signed a refusal that leaves nothing,
 * else UnreachableError.
 */
export async function rotate(context: Context, enrolled: Enrolled): Promise<AccessGrant> {
  const first = await propose(context, enrolled);
  if (first !== 'already rotated') return first;
  // An earlier proposal of ours had won before we were interrupted: its successor is the token in use now.
  context.log.info('The rotation before had been accepted; going on with its refresh token.');
  await enrolled.store.promote();
  const second = await propose(context, enrolled);
  if (second === 'already rotated')
    throw new UnreachableError('it says that a refresh token was rotated which was never used');
  return second;
}

async function propose(context: Context, { store, hostKey, door }: Enrolled): Promise<AccessGrant | 'already rotated'> {
  const next = await store.proposeNext();
  const { refreshToken, installation } = store.held;
  const nonce = randomBytes(16);
  const statement = refreshStatement({
    tokenId: refreshToken.id,
    nextTokenHash: next.hash,
    installationId: installation.id,
    nonce,
  });
  try {
    const answer = await door.enrolment.refreshCredentials(
      {
        refreshToken: refreshToken.secret.reveal(),
        nextTokenHash: next.hash,
        nextTokenId: next.id,
        signature: signStatement(statement, hostKey.privateKey),
        nonce,
        hostId: store.held.host.id,
        seen: store.seen.newest,
      },
      { signal: context.signal },
    );
    if (!answer.accessTokenExpiresAt || !answer.accessToken)
      throw new UnreachableError('it answered a refresh without a token');
    return { token: new Secret(answer.accessToken), expiresAt: timestampDate(answer.accessTokenExpiresAt) };
  } catch (error) {
    const failure = readFailure(error, store.held, nonce);
    if (failure.kind === 'already rotated') return 'already rotated';
    if (failure.kind === 'refused') {
      const grant = failure.refusal === RefusalKind.QUARANTINED ? quarantineGrant(error) : undefined;
      if (grant) return grant;
      throw new RefusedError(failure.refusal);
    }
    // An unsigned refusal may come from anybody.
    throw new UnreachableError(
      failure.kind === 'unreachable' ? failure.why : 'it refused the refresh without a signature',
      { cause: error },
    );
  }
}

function quarantineGrant(error: unknown): AccessGrant | undefined {
  const [access] = ConnectError.from(error).findDetails(QuarantineAccessSchema);
  if (!access?.accessToken || !access.accessTokenExpiresAt) return undefined;
  const expiresAt = timestampDate(access.accessTokenExpiresAt);
  return { token: new Secret(access.accessToken), expiresAt, quarantined: true };
}
