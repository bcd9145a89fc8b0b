import { userOf } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId, type Sql } from '../database/index.ts';
import { notFound } from '../errors.ts';
import { lockTeam } from '../teams/index.ts';
import type { Approval, Operation } from './approval.ts';
import { findOpen, finishApproval, insertApproval } from './approval-store.ts';
import { visibleApproval } from './find.ts';
import type { Environment } from './identity.ts';

/** How long a request waits for its decision, and an approved one for being repeated. */
export const approvalLifeMs = 24 * 3_600_000;

/** Something that gives an identity power. */
interface Change {
  readonly operation: Operation;
  readonly teamId: string;
  readonly environment: Environment;
  readonly identityId?: string;
  readonly identityName: string;
  /** Everything that is asked for, always in the same order: exactly this is approved. */
  readonly request: Readonly<Record<string, unknown>>;
}

/** What came of it: the result, or the request that waits. */
export type Outcome<T> = { readonly result: T } | { readonly waiting: Approval };

/**
 * Carries out what gives an identity power; for a production identity only once a second person has approved exactly this
 * of exactly this requester. Each approval carries out one call.
 */
export async function withSecondPerson<T>(
  sql: Sql,
  context: Context,
  change: Change,
  work: () => Promise<T>,
): Promise<Outcome<T>> {
  if (change.environment !== 'production') return { result: await work() };
  // One after the other within a team: an approval is used once.
  if (!(await lockTeam(sql, change.teamId))) throw notFound('team');
  const { operation, teamId, identityId, identityName } = change;
  const asked = { requestedBy: userOf(context.caller).userId, operation, request: JSON.stringify(change.request) };
  const open = await findOpen(sql, asked);
  if (open?.state === 'approved') {
    await finishApproval(sql, open.id);
    await recordAudit(sql, context, { action: 'approval.use', target: open.id, teamId, after: { operation } });
    return { result: await work() };
  }
  if (open) return { waiting: await visibleApproval(context, open.id, sql) };
  const id = newId('appr');
  await insertApproval(sql, { id, teamId, identityId, identityName, ...asked, lifeMs: approvalLifeMs });
  await recordAudit(sql, context, {
    action: 'approval.request',
    target: id,
    teamId,
    after: { operation, identity: identityId ?? identityName, request: change.request },
  });
  return { waiting: await visibleApproval(context, id, sql) };
}
