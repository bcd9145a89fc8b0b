import { useMutation } from '@connectrpc/connect-query';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { InviteService, type AcceptInviteRequestSchema } from '#proto/muster/v1/invite_pb.js';
import { enterAsNewAccount } from '../session/session.ts';

/** Accepts an invite and goes on in the team that was joined. */
export function useJoin(): (request: MessageInitShape<typeof AcceptInviteRequestSchema>) => Promise<void> {
  const accept = useMutation(InviteService.method.acceptInvite);
  const switchTeam = useMutation(AuthService.method.switchTeam);
  return async (request) => {
    const { caller, teamId } = await accept.mutateAsync(request);
    if (caller?.activeTeamId !== teamId) await switchTeam.mutateAsync({ teamId });
    enterAsNewAccount('/team');
  };
}
