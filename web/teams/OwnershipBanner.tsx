import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { Crown } from 'lucide-react';
import { TeamService, type Team } from '#proto/muster/v1/team_pb.js';
import { Button } from '../parts/Button.tsx';
import { useReport, useTell } from '../problems/useReport.ts';

/** The second step: the one to whom ownership was offered accepts it. */
export function OwnershipBanner({ team }: { team: Team }) {
  const report = useReport();
  const tell = useTell();
  const queries = useQueryClient();
  const accept = useMutation(TeamService.method.acceptOwnership, {
    onError: report,
    onSuccess: () => {
      tell(`You own ${team.name} now.`);
      void queries.invalidateQueries();
    },
  });
  return (
    <section
      aria-label="Offer of ownership"
      className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-panel bg-accent-soft px-4 py-3 text-table"
    >
      <Crown aria-hidden className="size-4 shrink-0 text-link" />
      <p className="min-w-0 flex-1 basis-64">
        <span className="font-medium">You are offered the ownership of {team.name}.</span> Owners may do everything with
        it, also delete it. If you do not want it, let the offer pass: it ends by itself.
      </p>
      <Button look="primary" busy={accept.isPending} onClick={() => accept.mutate({ teamId: team.id })}>
        Accept ownership
      </Button>
    </section>
  );
}
