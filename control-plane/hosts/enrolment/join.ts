import type { Secret } from '#contract/secret.ts';
import { enrolmentStatement, joinStatement, signStatement, verifyStatement } from '#contract/statements.ts';
import { parseToken, type Token } from '#contract/token.ts';
import type { Context } from '../../context.ts';
import { newId, violatesUnique, type Sql } from '../../database/index.ts';
import { announce } from '../../events/index.ts';
import { networkOf, spend } from '../../limits/index.ts';
import { recordHostAudit } from '../audit.ts';
import type { Specs } from '../host.ts';
import { issueAccessToken } from './access-token.ts';
import { matches } from './matches.ts';
import { refreshTokenLifetimeMs } from './refresh.ts';
import { recordJoined } from '../life/index.ts';
import { joinRefused } from './refusals.ts';
import {
  consumeJoinToken,
  enrolHost,
  findJoinToken,
  insertFamily,
  lockHostOfJoinToken,
  type HostIdentity,
  type JoinTokenRow,
} from './store.ts';

export interface JoinProposal {
  readonly joinToken: string;
  readonly publicKey: Uint8Array;
  readonly refreshTokenId: string;
  readonly refreshTokenHash: Uint8Array;
  readonly signature: Uint8Array;
  readonly specs: Specs;
}

export interface Enrolment {
  readonly hostId: string;
  readonly hostName: string;
  readonly enrolmentId: string;
  readonly accessToken: Secret;
  readonly accessTokenExpiresAt: Date;
  /** Of the enrolment statement, with the installation's key. */
  readonly signature: Buffer;
}

interface Joined {
  readonly host: HostIdentity;
  readonly enrolmentId: string;
  readonly epoch: number;
}

/**
 * Consumes a join token: in one transaction the host goes online with its key, its family and its first refresh token.
 * A failure burns nothing; the same proposal again answers the same enrolment. Throws one refusal for every cause.
 */
export async function joinHost(context: Context, proposal: JoinProposal): Promise<Enrolment> {
  const token = parseToken(proposal.joinToken, 'join');
  await spend(context, 'join', token && `${token.id} ${networkOf(context.origin.address)}`);
  if (!token || !isProven(context, token, proposal)) throw joinRefused();
  const joined = await enrol(context, token, proposal);
  if (!joined) throw joinRefused();
  const { host, enrolmentId, epoch } = joined;
  // The first generation: an answer that is repeated after a rotation must confirm nothing.
  const access = await issueAccessToken(context.installation.tokens, { hostId: host.id, epoch, generation: 1 });
  const { id: installationId, privateKey } = context.installation;
  const statement = enrolmentStatement({ installationId, hostId: host.id, enrolmentId, publicKey: proposal.publicKey });
  return {
    hostId: host.id,
    hostName: host.name,
    enrolmentId,
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    signature: signStatement(statement, privateKey),
  };
}

function isProven(context: Context, token: Token, { publicKey, refreshTokenHash, signature }: JoinProposal): boolean {
  const statement = joinStatement({
    tokenId: token.id,
    publicKey,
    installationId: context.installation.id,
    refreshTokenHash,
  });
  return verifyStatement(statement, signature, publicKey);
}

async function enrol(context: Context, token: Token, proposal: JoinProposal): Promise<Joined | undefined> {
  try {
    return await context.transaction(async (sql) => {
      const host = await lockHostOfJoinToken(sql, token.id);
      const row = await findJoinToken(sql, token.id);
      if (!matches(token.hash, row?.hash) || !host || !row?.alive || host.status === 'deleted') return undefined;
      return row.used ? repeat(sql, context, host, row, proposal) : consume(sql, context, host, token, proposal);
    });
  } catch (error) {
    // The agent chose an id for its refresh token that another one has.
    if (violatesUnique(error, 'host_refresh_tokens_pkey')) return undefined;
    throw error;
  }
}

async function consume(
  sql: Sql,
  context: Context,
  host: HostIdentity,
  token: Token,
  proposal: JoinProposal,
): Promise<Joined> {
  const { publicKey, refreshTokenHash, refreshTokenId, specs } = proposal;
  const enrolmentId = newId('enrol');
  await consumeJoinToken(sql, token.id, { publicKey, refreshHash: refreshTokenHash, enrolmentId });
  const { epoch } = await enrolHost(sql, { id: host.id, enrolmentId, publicKey, specs });
  await recordJoined(sql, host.id);
  await insertFamily(sql, {
    id: newId('family'),
    hostId: host.id,
    enrolmentId,
    tokenId: refreshTokenId,
    tokenHash: refreshTokenHash,
    lifetimeMs: refreshTokenLifetimeMs,
  });
  await recordHostAudit(sql, context, host.id, {
    action: 'host.join',
    after: { enrolmentId, joinTokenId: token.id, hostname: specs.hostname },
  });
  await announce(sql, 'host', [host.id]);
  await announce(sql, 'connection', [host.id]);
  return { host, enrolmentId, epoch };
}

/** The answer was lost: the same key and hash get it again. Anybody else holds a token that was seen by two. */
async function repeat(
  sql: Sql,
  context: Context,
  host: HostIdentity,
  row: JoinTokenRow,
  proposal: JoinProposal,
): Promise<Joined | undefined> {
  const same =
    matches(proposal.publicKey, row.usedPublicKey) && matches(proposal.refreshTokenHash, row.usedRefreshHash);
  if (same && row.enrolmentId !== null && host.enrolmentId === row.enrolmentId)
    return { host, enrolmentId: row.enrolmentId, epoch: host.epoch };
  await recordHostAudit(sql, context, host.id, {
    action: 'host.join',
    outcome: 'denied',
    reason: 'A used join token was presented again, with another key: somebody else may have seen it.',
  });
  return undefined;
}
