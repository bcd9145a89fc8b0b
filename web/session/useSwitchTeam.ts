import { useMutation } from '@connectrpc/connect-query';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { useReport } from '../problems/useReport.ts';
import { areaPath } from './area-path.ts';
import { enterAsNewAccount } from './session.ts';

/** Makes another team the active one, and reads everything anew. */
export function useSwitchTeam(): (teamId: string) => void {
  const report = useReport();
  const { mutate } = useMutation(AuthService.method.switchTeam, {
    onError: report,
    onSuccess: () => enterAsNewAccount(areaPath(window.location.pathname)),
  });
  return (teamId) => mutate({ teamId });
}
