import type { Secret } from '#contract/secret.ts';
import { mintToken } from '#contract/token.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId, type Sql } from '../database/index.ts';
import { displayName } from '../display-name.ts';
import { notFound } from '../errors.ts';
import { requireAllowed } from '../state-rules.ts';
import { memberRole, teamVisibility } from '../teams/index.ts';
import {
  endToken,
  findToken,
  findTokenByRequest,
  insertSecret,
  insertToken,
  lockToken,
  retireSecrets,
} from './token-store.ts';
import { tokenActions, type GatewayToken } from './token.ts';

/** What somebody asks for. */
export interface TokenRequest {
  readonly teamId: string;
  /** Whose use it counts as. */
  readonly userId: string;
  readonly name: string;
  /** Empty: every call makes one. */
  readonly requestId: string;
}

/** A token and, the one time that it is known, its secret. */
export interface MintedToken {
  readonly token: GatewayToken;
  readonly secret: Secret | undefined;
}

/** The token, if the caller may see it. Throws `not_found` otherwise. */
export async function visibleToken(context: Context, id: string, sql: Sql = context.sql): Promise<GatewayToken> {
  const token = await findToken(sql, id, teamVisibility(context.caller));
  if (!token) throw notFound('token');
  return token;
}

/** Mints a token for a member of a team. The same request id of the same caller answers the same token, without its secret. */
export const createToken = (context: Context, request: TokenRequest): Promise<MintedToken> =>
  context.transaction((sql) => issueToken(sql, context, request));

/** The same within a transaction of who keeps its secret. */
export async function issueToken(sql: Sql, context: Context, request: TokenRequest): Promise<MintedToken> {
  const { teamId, userId } = request;
  const { actor } = context.caller;
  const name = displayName('name', request.name);
  const requestId = request.requestId === '' ? undefined : `${actor}:${request.requestId}`;
  if (!(await memberRole(sql, teamId, userId))) throw notFound('member of this team');
  const id = newId('gtok');
  if (!(await insertToken(sql, { id, name, teamId, userId, createdBy: actor, requestId }))) {
    const earlier = requestId === undefined ? undefined : await findTokenByRequest(sql, requestId);
    return { token: await visibleToken(context, earlier ?? id, sql), secret: undefined };
  }
  const minted = await addSecret(sql, id);
  await recordAudit(sql, context, {
    action: 'gateway_token.create',
    target: id,
    teamId,
    after: { name, user: userId, credential: minted.id },
  });
  return { token: await visibleToken(context, id, sql), secret: minted.secret };
}

/** Gives a token a new secret; the old ones work for the overlap at most. */
export const rotateToken = (context: Context, { id }: GatewayToken, overlapMs: number): Promise<MintedToken> =>
  context.transaction((sql) => renewToken(sql, context, id, overlapMs));

/** The same within a transaction of who keeps its secret. */
export async function renewToken(sql: Sql, context: Context, id: string, overlapMs: number): Promise<MintedToken> {
  await lockToken(sql, id);
  const before = await visibleToken(context, id, sql);
  requireAllowed(tokenActions.rotate, before.state);
  await retireSecrets(sql, id, overlapMs);
  const minted = await addSecret(sql, id);
  await recordAudit(sql, context, {
    action: 'gateway_token.rotate',
    target: id,
    teamId: before.teamId,
    before: { credential: before.secretId },
    after: { credential: minted.id, overlapMs },
  });
  return { token: await visibleToken(context, id, sql), secret: minted.secret };
}

/** Ends a token, on every replica from its next request on. Idempotent. */
export const revokeToken = (context: Context, { id }: GatewayToken): Promise<GatewayToken> =>
  context.transaction(async (sql) => {
    await stopToken(sql, context, id);
    return visibleToken(context, id, sql);
  });

/** The same within a transaction of somebody else's; also where its team has ended. */
export async function stopToken(sql: Sql, context: Context, id: string): Promise<void> {
  const ended = await endToken(sql, id);
  if (!ended) return;
  await recordAudit(sql, context, {
    action: 'gateway_token.revoke',
    target: id,
    teamId: ended.teamId,
    before: { name: ended.name, user: ended.userId },
  });
}

async function addSecret(sql: Sql, tokenId: string) {
  const minted = mintToken('gwy');
  await insertSecret(sql, { id: minted.id, hash: minted.hash, tokenId });
  return minted;
}
