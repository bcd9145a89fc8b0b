import { Code, ConnectError } from '@connectrpc/connect';
import { useQuery, useTransport } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Membership } from '#proto/muster/v1/auth_pb.js';
import { InviteService } from '#proto/muster/v1/invite_pb.js';
import { TeamService } from '#proto/muster/v1/team_pb.js';
import { callerOptions } from '../session/require-session.ts';

/** Teams have no stream: while their page is open it asks this often. */
const refetchInterval = 5_000;

/** The active team with its people. What others changed of the caller's own place in it reaches the whole console. */
export function useTeam(membership: Membership) {
  const { teamId } = membership;
  const team = useQuery(TeamService.method.getTeam, { teamId }, { refetchInterval, retry: false });
  const members = useQuery(TeamService.method.listMembers, { teamId, pageSize: 1000 }, { refetchInterval });
  const invites = useQuery(InviteService.method.listInvites, { teamId, pageSize: 1000 }, { refetchInterval });
  const usage = useQuery(TeamService.method.getTeamUsage, { teamId }, { refetchInterval });

  const present = team.data?.team;
  const gone = team.error instanceof ConnectError && team.error.code === Code.NotFound;
  const changed =
    gone || (present !== undefined && (present.role !== membership.role || present.name !== membership.teamName));
  const queries = useQueryClient();
  const transport = useTransport();
  useEffect(() => {
    if (changed) void queries.invalidateQueries({ queryKey: callerOptions({ transport }).queryKey });
  }, [changed, queries, transport]);

  return {
    team: present,
    members: members.data?.members,
    invites: invites.data?.invites,
    usage: usage.data,
    error: gone ? undefined : (team.error ?? members.error ?? invites.error ?? usage.error ?? undefined),
    retry: () => void queries.invalidateQueries(),
  };
}
