import type { Secret } from '#contract/secret.ts';
import type { StateMark } from '#proto/muster/agent/v1/enrolment_pb.js';
import { refreshStatement, verifyStatement } from '#contract/statements.ts';
import { parseToken, type Token } from '#contract/token.ts';
import type { Context } from '../../context.ts';
import { violatesUnique, type Sql } from '../../database/index.ts';
import { invalidField } from '../../errors.ts';
import { announce } from '../../events/index.ts';
import { networkOf, spend } from '../../limits/index.ts';
import { recordHostAudit } from '../audit.ts';
import { quarantine } from '../quarantine/store.ts';
import { issueAccessToken } from './access-token.ts';
import { matches } from './matches.ts';
import { isDrifting, isWindowOpen, noteAhead, readMark, recordReestablished, stepsAhead } from '../drift/index.ts';
import { alreadyRotated, credentialsRevoked, databaseIsOlder, hostDeleted, quarantined } from './refusals.ts';
import {
  findPendingToken,
  insertRefreshToken,
  lockActiveFamily,
  lockHostIdentity,
  lockRefreshToken,
  promotePendingToken,
  reestablishFamily,
  supersedePendingToken,
  type HostIdentity,
  type RefreshTokenRow,
} from './store.ts';

export const refreshTokenLifetimeMs = 60 * 86_400_000;

export interface RefreshProposal {
  readonly refreshToken: string;
  readonly nextTokenId: string;
  readonly nextTokenHash: Uint8Array;
  readonly signature: Uint8Array;
  readonly nonce: Uint8Array;
  /** Needed only where the database has lost the token. Empty where the agent did not say. */
  readonly hostId: string;
  /** The newest state of the database that the host has seen. */
  readonly seen?: StateMark | undefined;
}

/** What became of a proposal. Refusals are outcomes too: what was found must be committed before it is said. */
type Outcome =
  | { readonly kind: 'accepted'; readonly row: RefreshTokenRow; readonly generation: number }
  | { readonly kind: 'already_rotated' }
  | { readonly kind: 'drift' }
  | { readonly kind: 'quarantined'; readonly row: RefreshTokenRow }
  | { readonly kind: 'deleted'; readonly row: RefreshTokenRow }
  | { readonly kind: 'revoked'; readonly row?: RefreshTokenRow };

/**
 * Rotates by proposal: the agent made its next token itself, the server stores the hash as pending, and the first use
 * confirms it. So a lost answer loses nothing, and a token that comes back after it was spent is a finding.
 */
export async function refreshCredentials(
  context: Context,
  proposal: RefreshProposal,
): Promise<{ token: Secret; expiresAt: Date }> {
  const token = parseToken(proposal.refreshToken, 'hrt');
  await spend(context, 'refresh', token && `${token.id} ${networkOf(context.origin.address)}`);
  const outcome = token ? await propose(context, token, proposal) : ({ kind: 'revoked' } as const);
  if (outcome.kind === 'already_rotated') throw alreadyRotated();
  if (outcome.kind === 'drift') throw databaseIsOlder();
  if (outcome.kind === 'accepted') return accessFor(context, outcome.row, outcome.generation);
  const refused = {
    hostId: outcome.row?.host.id ?? '',
    enrolmentId: outcome.row?.enrolmentId ?? '',
    nonce: proposal.nonce,
  };
  if (outcome.kind === 'deleted') throw hostDeleted(context, refused);
  if (outcome.kind === 'revoked') throw credentialsRevoked(context, refused);
  // Whoever has the key may go on reporting, the copy like the original: what opens more is issued after the quarantine,
  // which ends the epoch of this one.
  throw quarantined(context, refused, await accessFor(context, outcome.row, outcome.row.generation));
}

const accessFor = (context: Context, { host }: RefreshTokenRow, generation: number) =>
  issueAccessToken(context.installation.tokens, { hostId: host.id, epoch: host.epoch, generation });

async function propose(context: Context, token: Token, proposal: RefreshProposal): Promise<Outcome> {
  try {
    return await context.transaction(async (sql) => {
      const row = await lockRefreshToken(sql, token.id);
      // Who holds neither the token nor the key learns nothing about the host, not even that it is there.
      if (!matches(token.hash, row?.hash) || !row || !isProven(context, token, row.host, proposal))
        return row ? { kind: 'revoked' } : await comeUnknown(sql, context, token, proposal);
      if (row.host.status === 'deleted') return { kind: 'deleted', row };
      if (row.familyState === 'locked') return { kind: 'quarantined', row };
      if (row.familyState === 'ended' || row.expired) return { kind: 'revoked', row };
      return row.state === 'spent' ? comeBack(sql, context, row, proposal) : accept(sql, row, proposal);
    });
  } catch (error) {
    if (violatesUnique(error, 'host_refresh_tokens_pkey'))
      throw invalidField('next_token_id', 'Another token has this id: make a new one.');
    throw error;
  }
}

function isProven(
  context: Context,
  token: Token,
  host: Pick<HostIdentity, 'publicKey'>,
  { nextTokenHash, nonce, signature }: RefreshProposal,
): boolean {
  const statement = refreshStatement({
    tokenId: token.id,
    nextTokenHash,
    installationId: context.installation.id,
    nonce,
  });
  return host.publicKey !== null && verifyStatement(statement, signature, host.publicKey);
}

async function accept(
  sql: Sql,
  row: RefreshTokenRow,
  { nextTokenId, nextTokenHash }: RefreshProposal,
): Promise<Outcome> {
  const { familyId } = row;
  if (row.state === 'pending') await promotePendingToken(sql, familyId, row.generation);
  const pending = await findPendingToken(sql, familyId);
  if (pending && matches(nextTokenHash, pending.hash)) return { kind: 'accepted', row, generation: pending.generation };
  if (pending) await supersedePendingToken(sql, familyId);
  // Above a superseded proposal's generation: an access token that came with that one must confirm nothing.
  const generation = Math.max(row.generation, pending?.generation ?? 0) + 1;
  await insertRefreshToken(sql, {
    tokenId: nextTokenId,
    tokenHash: nextTokenHash,
    familyId,
    state: 'pending',
    generation,
    lifetimeMs: refreshTokenLifetimeMs,
  });
  return { kind: 'accepted', row, generation };
}

/**
 * A token that the database does not know. If an older database was restored, that is no fault of the host's: it is told
 * nothing that it would act on, and taken back by its key while an operator's window is open.
 */
async function comeUnknown(sql: Sql, context: Context, token: Token, proposal: RefreshProposal): Promise<Outcome> {
  const steps = stepsAhead(context.installation, proposal.seen, await readMark(sql));
  const host = await lockHostIdentity(sql, proposal.hostId);
  const proven = host !== undefined && isProven(context, token, host, proposal);
  if (steps > 0n) await noteAhead(sql, context, proven ? host.id : null, steps);
  if (!(await isDrifting(sql))) return { kind: 'revoked' };
  if (!proven || host.status === 'deleted' || !(await isWindowOpen(sql))) return { kind: 'drift' };
  const family = await lockActiveFamily(sql, host.id);
  if (!family) return { kind: 'drift' };
  await reestablishFamily(sql, { familyId: family.id, token, lifetimeMs: refreshTokenLifetimeMs });
  await recordReestablished(sql, host.id);
  const reason = 'It proved itself by its key after an older database was restored.';
  await recordHostAudit(sql, context, host.id, { action: 'host.reestablish', reason });
  await announce(sql, 'host', [host.id]);
  const row = await lockRefreshToken(sql, token.id);
  return row ? accept(sql, row, proposal) : { kind: 'drift' };
}

const spentReason = 'A spent refresh token came back with another successor: the credentials were stolen or cloned.';
const supersededReason =
  'Two agents proposed different successors of one refresh token and went on with them: the credentials were stolen or cloned.';

/** A spent token: a delayed duplicate where it names its own successor, a stolen or cloned credential otherwise. */
async function comeBack(
  sql: Sql,
  context: Context,
  row: RefreshTokenRow,
  { nextTokenHash }: RefreshProposal,
): Promise<Outcome> {
  if (matches(nextTokenHash, row.successorHash)) return { kind: 'already_rotated' };
  const reason = row.successorHash ? spentReason : supersededReason;
  await quarantine(sql, row.host.id, reason);
  await recordHostAudit(sql, context, row.host.id, { action: 'host.quarantine', outcome: 'denied', reason });
  await announce(sql, 'host', [row.host.id]);
  await announce(sql, 'connection', [row.host.id]);
  return { kind: 'quarantined', row };
}
