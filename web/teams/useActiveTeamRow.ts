import { useQuery } from '@connectrpc/connect-query';
import { TeamService, type Team } from '#proto/muster/v1/team_pb.js';
import { useCaller } from '../session/useCaller.ts';

/** The active team as the server has it now: what it may is no matter of the session. Undefined until it is known. */
export function useActiveTeamRow(): Team | undefined {
  const { activeTeamId } = useCaller();
  const asked = useQuery(
    TeamService.method.getTeam,
    { teamId: activeTeamId },
    { enabled: activeTeamId !== '', refetchInterval: 10_000, retry: false },
  );
  return asked.data?.team;
}
