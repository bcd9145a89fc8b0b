import { Code } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { authorize, type Caller } from '../access/index.ts';
import { notFound, Refusal } from '../errors.ts';

/** Whose rows a call is about: those of one team, or all of the installation. */
export type Scope = { readonly kind: 'installation' } | { readonly kind: 'team'; readonly teamId: string };

/** The rows that a caller asks for and may read. Throws NO_TEAM, `not_found` for a foreign team, `permission_denied`. */
export function readableScope(caller: Caller, askedTeamId: string): Scope {
  const scope = scopeOf(caller, askedTeamId);
  authorize(caller, 'audit.read', scope.kind === 'team' ? scope : {});
  return scope;
}

function scopeOf(caller: Caller, askedTeamId: string): Scope {
  const everything =
    caller.kind === 'system' ||
    ('platformAdmin' in caller && caller.platformAdmin) ||
    (caller.kind === 'org_key' && caller.activeTeamId === undefined);
  if (everything) return askedTeamId === '' ? { kind: 'installation' } : { kind: 'team', teamId: askedTeamId };
  const own = ownTeams(caller);
  if (askedTeamId !== '') {
    if (!own.includes(askedTeamId)) throw notFound('team');
    return { kind: 'team', teamId: askedTeamId };
  }
  const active = 'activeTeamId' in caller ? caller.activeTeamId : undefined;
  if (active !== undefined) return { kind: 'team', teamId: active };
  throw new Refusal(Code.FailedPrecondition, Reason.NO_TEAM, 'You have no active team.', {
    help: 'Name one with team_id.',
  });
}

function ownTeams(caller: Caller): string[] {
  if ('memberships' in caller) return caller.memberships.map(({ teamId }) => teamId);
  return 'activeTeamId' in caller && caller.activeTeamId !== undefined ? [caller.activeTeamId] : [];
}
