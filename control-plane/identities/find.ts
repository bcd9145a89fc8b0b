import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { notFound, Refusal } from '../errors.ts';
import { teamVisibility, visibleTeam } from '../teams/index.ts';
import type { Approval } from './approval.ts';
import { findApproval } from './approval-store.ts';
import type { Identity } from './identity.ts';
import { findIdentity } from './store.ts';

/** The identity, if the caller may see it. Throws `not_found` otherwise. */
export async function visibleIdentity(context: Context, id: string, sql: Sql = context.sql): Promise<Identity> {
  const identity = await findIdentity(sql, id, teamVisibility(context.caller));
  if (!identity) throw notFound('machine identity');
  return identity;
}

/** The request, if the caller may see it. Throws `not_found` otherwise. */
export async function visibleApproval(context: Context, id: string, sql: Sql = context.sql): Promise<Approval> {
  const approval = await findApproval(sql, id, teamVisibility(context.caller));
  if (!approval) throw notFound('request');
  return approval;
}

/** The team that a call is for: the one it names, or the caller's active one. Throws NO_TEAM, or `not_found`. */
export async function teamOf(context: Context, asked: string): Promise<string> {
  const { caller } = context;
  const teamId = asked || ('activeTeamId' in caller ? caller.activeTeamId : undefined);
  if (teamId === undefined)
    throw new Refusal(Code.FailedPrecondition, Reason.NO_TEAM, 'You have no active team.', {
      help: 'Name one with team_id.',
    });
  return (await visibleTeam(context, teamId)).id;
}
