import { notAllowed, secondFactorRequired, unauthenticated } from '../errors.ts';
import { grantOf, type Action, type Grant } from './actions.ts';
import { boundHostOf, type Caller, type OrgKeyCaller, type TeamMachineCaller, type UserCaller } from './caller.ts';
import { reaches } from './roles.ts';

/** What an action is done on. Visibility is decided before, in the SQL that finds the thing. */
export interface Resource {
  /** The team that owns it; undefined for what belongs to the installation. */
  readonly teamId?: string | null;
  /** The host that it is, or is on: for host callers, and for keys that are bound to one. */
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
    case 'user_token':
    case 'trusted_header':
    case 'oidc_token': {
      if (isConfined(caller, grant)) return 'A second factor is required of you: add a passkey first.';
      if (grant.user || (caller.platformAdmin && coversAdmins(grant, resource))) return undefined;
      const role = caller.memberships.find(({ teamId }) => teamId === resource.teamId)?.role;
      if (grant.team && role && grant.team.includes(role)) return undefined;
      return grant.platformAdmin && (!grant.team || !resource.teamId)
        ? 'Only a platform admin may do this.'
        : (lacking(grant) ?? 'Your role in this team does not allow this.');
    }
    case 'org_key':
      return orgKeyRefusal(caller, grant) ?? reachRefusal(caller, grant, resource);
    case 'team_key':
    case 'machine_identity':
      return teamKeyRefusal(caller, grant) ?? reachRefusal(caller, grant, resource);
  }
}

/** Whether a user lacks a second factor that is required of them, and this is not a step on the way to one. */
const isConfined = (caller: Caller, grant: Grant): boolean =>
  'secondFactorDemand' in caller && caller.secondFactorDemand !== undefined && !grant.confined;

const coversAdmins = ({ platformAdmin }: Grant, { teamId }: Resource): boolean =>
  platformAdmin === true || (platformAdmin === 'installation' && !teamId);

/** Who has the right that this takes, where it has a name. */
const lacking = ({ right, team }: Grant): string | undefined =>
  right &&
  team &&
  `This needs ${right}, which the team's ${team.map((role) => `${role}s`).join(' and ')} have: ask one of them.`;

const tooWeak = 'The role of this key does not allow this.';

/** Why an org key may do this nowhere. */
function orgKeyRefusal({ role }: OrgKeyCaller, grant: Grant): string | undefined {
  const { orgKey } = grant;
  if (orgKey === undefined) return lacking(grant) ?? 'No key may do this: sign in as a user.';
  return reaches(role, orgKey) ? undefined : tooWeak;
}

/** Why a key or machine identity of a team may do this nowhere: by its own role, its scopes, or its maker's role. */
function teamKeyRefusal({ role, scopes, makerRole }: TeamMachineCaller, grant: Grant): string | undefined {
  if (grant.teamKey === undefined) return lacking(grant) ?? 'No key of a team may do this: sign in as a user.';
  if (!reaches(role, grant.teamKey)) return tooWeak;
  if (grant.scope && scopes && !scopes.includes(grant.scope))
    return `This machine identity lacks the scope ${grant.scope}.`;
  if (!grant.user && !grant.team?.includes(makerRole)) return 'The role of who made this key does not allow this.';
  return undefined;
}

/** Why a key may not do it on this thing: another team's, or one that is not on the host that it is bound to. */
function reachRefusal(caller: OrgKeyCaller | TeamMachineCaller, grant: Grant, resource: Resource): string | undefined {
  const boundHostId = boundHostOf(caller);
  if (boundHostId !== undefined && !grant.boundToHost && resource.hostId !== boundHostId)
    return 'This key is bound to a host, and this is not on it.';
  if (caller.kind !== 'org_key')
    return grant.team && resource.teamId !== caller.activeTeamId ? 'This key belongs to another team.' : undefined;
  if (grant.platformAdmin === 'installation' && resource.teamId) return 'Only members of this team may do this.';
  const leavesTheRestOut = grant.boundToHost && !resource.teamId;
  if (caller.activeTeamId !== undefined && resource.teamId !== caller.activeTeamId && !leavesTheRestOut)
    return 'This key is confined to one team.';
  return undefined;
}

/** Throws unless the table of actions allows it. The only place where rights are decided. */
export function authorize(caller: Caller, action: Action, resource: Resource = {}): void {
  const refusal = refusalOf(caller, action, resource);
  if (refusal === undefined) return;
  if (isConfined(caller, grantOf(action))) throw secondFactorRequired();
  throw caller.kind === 'anonymous' ? unauthenticated() : notAllowed(refusal, resource.teamId ?? undefined);
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
    case 'user_token':
    case 'trusted_header':
    case 'oidc_token': {
      // With a team in question, the handler knows which.
      if (!grant.team || isConfined(caller, grant)) authorize(caller, action);
      return;
    }
    case 'org_key':
      return throwIf(orgKeyRefusal(caller, grant));
    case 'team_key':
    case 'machine_identity':
      return throwIf(teamKeyRefusal(caller, grant));
    default:
      authorize(caller, action);
  }
}

function throwIf(refusal: string | undefined): void {
  if (refusal !== undefined) throw notAllowed(refusal);
}

/** The signed-in user that makes the call. Throws for every other kind of caller. */
export function userOf(caller: Caller): UserCaller {
  if ('memberships' in caller) return caller;
  throw caller.kind === 'anonymous' ? unauthenticated() : notAllowed('Only a user may do this.');
}
