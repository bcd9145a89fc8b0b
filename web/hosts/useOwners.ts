import { useQuery } from '@connectrpc/connect-query';
import { TeamService } from '#proto/muster/v1/team_pb.js';
import type { Choice } from '../parts/SelectField.tsx';
import { useCaller } from '../session/useCaller.ts';

/** Whom a platform admin can register a host for: the platform, or a team that may bring its own. */
export function useOwners(): readonly Choice<string>[] {
  const { platformAdmin } = useCaller();
  const teams = useQuery(TeamService.method.listTeams, { all: true, pageSize: 1000 }, { enabled: platformAdmin });
  const own = teams.data?.teams.filter(({ ownHosts }) => ownHosts) ?? [];
  return [
    { value: '', label: 'The platform: shared by all teams' },
    ...own.map(({ id, name }) => ({ value: id, label: name })),
  ];
}
