import { useQuery } from '@connectrpc/connect-query';
import { IdentityService, type Approval } from '#proto/muster/v1/identity_pb.js';
import { maySeeCredentials } from '../credentials/may-manage.ts';
import { useCaller } from '../session/useCaller.ts';

/** Approvals have no stream: everywhere in the console they are asked for this often, on their page more often. */
const everywhereMs = 20_000;
const onPageMs = 4_000;

/** Whether somebody may do this with a request now. */
export const mayDo = ({ actions }: Approval, action: 'approve' | 'reject' | 'carry_out'): boolean =>
  actions.some((one) => one.action === `approval.${action}` && one.allowed);

/** The requests that the caller sees: of all teams for platform admins, else of the active team. Empty where there are none for them. */
export function useApprovals(includeDecided: boolean, refetchInterval = onPageMs) {
  const caller = useCaller();
  const enabled = maySeeCredentials(caller);
  const whose = caller.platformAdmin ? { all: true } : { teamId: caller.activeTeamId };
  return useQuery(
    IdentityService.method.listApprovals,
    { ...whose, includeDecided, pageSize: 200 },
    { enabled, retry: false, refetchInterval },
  );
}

/** How many requests wait for the caller: to be approved, or to be carried out. */
export function useWaitingCount(): number {
  const { data } = useApprovals(false, everywhereMs);
  return data?.approvals.filter((one) => mayDo(one, 'approve') || mayDo(one, 'carry_out')).length ?? 0;
}
