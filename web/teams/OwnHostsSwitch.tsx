import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { TeamService, type Team } from '#proto/muster/v1/team_pb.js';
import { Switch } from '../parts/Switch.tsx';
import { useReport, useTell } from '../problems/useReport.ts';

/** Lets a team bring its own hosts, or not; offers undo. Of a team that has some, the server says that they come first. */
export function OwnHostsSwitch({ team }: { team: Team }) {
  const queries = useQueryClient();
  const report = useReport();
  const tell = useTell();
  const { mutate, isPending } = useMutation(TeamService.method.setTeamOwnHosts, { onError: report });
  const set = (ownHosts: boolean, undoable: boolean) =>
    mutate(
      { teamId: team.id, ownHosts },
      {
        onSuccess: () => {
          tell(
            ownHosts
              ? `${team.name} may bring its own hosts: new sandboxes run only there, what runs stays where it is.`
              : `${team.name} shares the installation’s hosts.`,
            undoable ? () => set(!ownHosts, false) : undefined,
          );
          void queries.invalidateQueries();
        },
      },
    );
  return (
    <Switch
      label={`Own hosts of ${team.name}`}
      on={team.ownHosts}
      words={{ on: 'own', off: 'shared' }}
      busy={isPending}
      onChange={(on) => set(on, true)}
    />
  );
}
