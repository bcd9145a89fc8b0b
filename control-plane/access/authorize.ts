import { notAllowed, unauthenticated } from '../errors.ts';
import { grantOf, type Action } from './actions.ts';
import type { Caller, UserCaller } from './caller.ts';

/** What an action is done on. Visibility is decided before, in the SQL that finds the thing. */
export interface Resource {
  /** The team that owns it; undefined for what belongs to the installation. */
  readonly teamId?: string | null;
  /** The host that it is, for host callers. */
  readonly hostId?: string;
}

/** Why the caller may not do this, in one sentence; undefined where it may. The console's buttons show it. */
export function refusalOf(caller: Caller, action: Action, resource: Resource = {}): string | undefined {
  const grant = grantOf(action);
  switch (caller.kind) {
    case 'system':
      return undefined;
    case 'anonymous':
      return grant.anonymous ? undefined : 'Sign in first.';
    case 'host':
      return grant.host && resource.hostId === caller.hostId ? undefined : 'A host may only act for itself.';
    case 'session':
    case 'user_token': {
      if (grant.user || (grant.platformAdmin && caller.platformAdmin)) return undefined;
      const role = caller.memberships.find(({ teamId }) => teamId === resource.teamId)?.role;
      if (grant.team && role && grant.team.includes(role)) return undefined;
      return grant.platformAdmin && !grant.team
        ? 'Only a platform admin may do this.'
        : 'Your role in this team does not allow this.';
    }
  }
}

/** Throws unless the table of actions allows it. The only place where rights are decided. */
export function authorize(caller: Caller, action: Action, resource: Resource = {}): void {
  const refusal = refusalOf(caller, action, resource);
  if (refusal === undefined) return;
  throw caller.kind === 'anonymous' ? unauthenticated() : notAllowed(refusal);
}

/**
 * Throws where no resource whatever could make it allowed for this caller. Asked for every call before its handler runs,
 * so that a handler that forgets to ask lets nobody in who has no business there at all.
 */
export function requirePossible(caller: Caller, action: Action): void {
  const grant = grantOf(action);
  switch (caller.kind) {
    case 'host':
      return authorize(caller, action, { hostId: caller.hostId });
    case 'session':
    case 'user_token': {
      // With a team in question, the handler knows which.
      if (!grant.team) authorize(caller, action);
      return;
    }
    default:
      authorize(caller, action);
  }
}

/** The signed-in user that makes the call. Throws for every other kind of caller. */
export function userOf(caller: Caller): UserCaller {
  if (caller.kind === 'session' || caller.kind === 'user_token') return caller;
  throw caller.kind === 'anonymous' ? unauthenticated() : notAllowed('Only a user may do this.');
}
