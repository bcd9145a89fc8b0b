import { TeamRole } from '#proto/muster/v1/auth_pb.js';
import { InvitePolicy, type Member, type Team } from '#proto/muster/v1/team_pb.js';
import { runsTeam } from './roles.ts';

/** Who looks at the members. */
export interface Viewer {
  readonly userId: string;
  readonly role: TeamRole;
  /** Why nobody changes members here; undefined where they do. */
  readonly managedElsewhere?: string | undefined;
}

/** Why something cannot be done with a member; undefined where it can. */
export interface MemberRefusals {
  readonly setRole: string | undefined;
  readonly offer: string | undefined;
  readonly remove: string | undefined;
}

const lastOwner = 'A team must have an owner, and this is the last one. Hand ownership over first.';

/** Why the viewer may not change a member. The server decides; this only says it before the press. */
export function memberRefusals(viewer: Viewer, member: Member, owners: number): MemberRefusals {
  const isLastOwner = member.role === TeamRole.OWNER && owners < 2;
  const elsewhere = viewer.managedElsewhere;
  if (elsewhere !== undefined) return { setRole: elsewhere, offer: elsewhere, remove: elsewhere };
  const touch = !runsTeam(viewer.role)
    ? 'Only owners and admins of the team change its members.'
    : member.role === TeamRole.OWNER && viewer.role !== TeamRole.OWNER
      ? 'Only an owner may change or remove an owner.'
      : undefined;
  return {
    setRole: touch ?? (isLastOwner ? lastOwner : undefined),
    offer: offerRefusal(viewer, member),
    remove: member.userId === viewer.userId ? 'To go yourself, leave the team.' : touch,
  };
}

function offerRefusal(viewer: Viewer, member: Member): string | undefined {
  if (viewer.role !== TeamRole.OWNER) return 'Only an owner hands ownership over.';
  return member.role === TeamRole.OWNER ? 'Is an owner already.' : undefined;
}

/** Why the viewer may not leave. */
export const leaveRefusal = (viewer: Viewer, owners: number): string | undefined =>
  viewer.role === TeamRole.OWNER && owners < 2 ? lastOwner : undefined;

/** Why the viewer may not invite. */
export const inviteRefusal = (team: Team): string | undefined =>
  runsTeam(team.role) || team.invitePolicy === InvitePolicy.MEMBERS
    ? undefined
    : 'In this team, owners and admins invite. Ask one of them.';
