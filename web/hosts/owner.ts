import type { Caller } from '#proto/muster/v1/auth_pb.js';
import type { Host } from '#proto/muster/v1/host_pb.js';
import type { Team } from '#proto/muster/v1/team_pb.js';
import { runsTeam } from '../teams/roles.ts';

/** Whose a host is, in a word. */
export const ownerWords = ({ teamId, teamName }: Pick<Host, 'teamId' | 'teamName'>): string =>
  teamId === '' ? 'Platform' : teamName;

/** Owners to filter by: one of these words, or a team's id. */
const ownerKinds = { platform: 'Platform', teams: 'Own hosts' } as const;

type OwnerKind = keyof typeof ownerKinds;

/** Whether a host's owner is the one that is asked for. */
export function passesOwner({ teamId }: Pick<Host, 'teamId'>, owner: string | undefined): boolean {
  if (owner === undefined) return true;
  if (owner === 'platform') return teamId === '';
  return owner === 'teams' ? teamId !== '' : teamId === owner;
}

/** Of which kind the owner is that is asked for. */
export function ownerKindOf(owner: string | undefined): OwnerKind | undefined {
  if (owner === undefined) return undefined;
  return owner === 'platform' ? 'platform' : 'teams';
}

/** How many hosts are the platform's, and how many teams have brought. */
export const countOwners = (hosts: readonly Host[]) =>
  Object.entries(ownerKinds).map(([kind, word]) => ({
    value: kind as OwnerKind, // a key of the table above
    word,
    count: hosts.filter((host) => passesOwner(host, kind)).length,
  }));

/** The teams that have brought hosts, by name. */
export function teamChoices(hosts: readonly Host[]): readonly { readonly value: string; readonly word: string }[] {
  const teams = new Map(hosts.filter(({ teamId }) => teamId !== '').map(({ teamId, teamName }) => [teamId, teamName]));
  return [...teams].map(([value, word]) => ({ value, word })).toSorted((a, b) => a.word.localeCompare(b.word));
}

/** Why the caller may add no host; undefined where they may. The server decides; this only says it before the press. */
export function addRefusal(
  { platformAdmin }: Pick<Caller, 'platformAdmin'>,
  team: Pick<Team, 'ownHosts' | 'role' | 'name'> | undefined,
): string | undefined {
  if (platformAdmin) return undefined;
  if (!team?.ownHosts) return 'Only a platform admin adds machines, or lets your team bring its own. Ask one of them.';
  return runsTeam(team.role) ? undefined : `Only owners and admins of ${team.name} add its machines. Ask one of them.`;
}
