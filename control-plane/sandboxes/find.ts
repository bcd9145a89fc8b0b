import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { boundHostOf, type Caller } from '../access/index.ts';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { notFound, Refusal } from '../errors.ts';
import { visibilityOf } from '../hosts/index.ts';
import { visibleTeam } from '../teams/index.ts';
import type { RememberedTargets } from './remembered.ts';
import type { Sandbox } from './sandbox.ts';
import { findSandboxes, type SandboxTarget } from './store.ts';

/** Whether the caller may know of this team's sandboxes. */
function sees(caller: Caller, teamId: string): boolean {
  const { all, teamIds } = visibilityOf(caller);
  return all || teamIds.includes(teamId);
}

/** The same for one sandbox: a key that is bound to a host sees nothing of the others. */
function seesSandbox(caller: Caller, { teamId, hostId }: { teamId: string; hostId: string }): boolean {
  const bound = boundHostOf(caller);
  return sees(caller, teamId) && (bound === undefined || bound === hostId);
}

/** The host whose sandboxes are asked for: of a key that is bound to one, only that. Empty for all. */
export function hostOf(caller: Caller, asked: string): string {
  const bound = boundHostOf(caller);
  if (bound === undefined) return asked;
  if (asked !== '' && asked !== bound) throw notFound('host');
  return bound;
}

/** The sandbox, if the caller may see it. Throws `not_found` otherwise. */
export async function visibleSandbox(context: Context, id: string, open?: Sql): Promise<Sandbox> {
  const find = (sql: Sql) => findSandboxes(sql, [id]);
  const [sandbox] = await (open ? find(open) : context.together(find));
  if (!sandbox || !seesSandbox(context.caller, sandbox)) throw notFound('sandbox');
  return sandbox;
}

/** The same, with only what a call on it needs. */
export async function visibleTarget(
  context: Context,
  targets: RememberedTargets,
  id: string,
  isFresh: boolean,
): Promise<SandboxTarget> {
  const target = await targets.find(context, id, isFresh);
  if (target && seesSandbox(context.caller, target)) return target;
  // It may have been placed anew a moment ago, on the host that the caller is bound to.
  if (target && !isFresh && boundHostOf(context.caller) !== undefined) return visibleTarget(context, targets, id, true);
  throw notFound('sandbox');
}

/** The team that a call is for: the one it names, or the caller's active one. Throws NO_TEAM, or `not_found`. */
function teamOf(caller: Caller, asked: string): string {
  if (asked !== '') {
    if (!sees(caller, asked)) throw notFound('team');
    return asked;
  }
  const active = 'activeTeamId' in caller ? caller.activeTeamId : undefined;
  if (active !== undefined) return active;
  throw new Refusal(Code.FailedPrecondition, Reason.NO_TEAM, 'You have no active team.', {
    help: 'Name one with team_id, or ask to be invited to one.',
  });
}

/** The same; a key of the installation may name any team that stands. */
export async function standingTeamOf(context: Context, asked: string): Promise<string> {
  const teamId = teamOf(context.caller, asked);
  if (context.caller.kind === 'org_key') await visibleTeam(context, teamId);
  return teamId;
}
