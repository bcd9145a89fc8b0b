import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { TeamService, type Member, type Team } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { CheckField } from '../parts/CheckField.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

interface OfferProps {
  readonly team: Team;
  readonly member: Member;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** The first of two steps in which ownership is handed over. */
export function OfferOwnershipDialog({ open, ...props }: OfferProps) {
  const { team, member, onClose } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Offer ownership to ${member.name}`}
      description={`Owners may do everything with ${team.name}, also delete it.`}
    >
      <OfferForm {...props} />
    </Dialog>
  );
}

function OfferForm({ team, member, onClose }: Omit<OfferProps, 'open'>) {
  const offer = useMutation(TeamService.method.offerOwnership);
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm({
    initial: { step_down: true },
    submit: async ({ step_down }) => {
      await offer.mutateAsync({ teamId: team.id, userId: member.userId, stepDown: step_down });
      onClose();
      tell(`${member.name} sees the offer on the team’s page. Nothing changes until they accept.`);
      await queries.invalidateQueries();
    },
  });
  const step = form.bind('step_down');
  return (
    <DialogForm form={form}>
      <DialogBody>
        <p className="text-table text-ink-muted">
          Nothing changes until {member.name} accepts, within 7 days, on the team’s page.
        </p>
        <CheckField
          name={step.name}
          value={step.value}
          onChange={step.onChange}
          label="I become an admin when it is accepted"
          help="Otherwise both of you are owners."
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand
          lines={commandLines.offerOwnership({ teamId: team.id, userId: member.userId, stepDown: step.value })}
        />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Offer ownership
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
