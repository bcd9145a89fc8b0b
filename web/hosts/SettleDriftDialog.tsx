import { useMutation, useQuery } from '@connectrpc/connect-query';
import { Scale } from 'lucide-react';
import { useState } from 'react';
import { DriftDecision, HostService, type Drift } from '#proto/muster/v1/host_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { Facts } from '../parts/Facts.tsx';
import { TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { useHostNames } from './useHostNames.ts';

/** Opens what is known of the drift, and what can be done about it. */
export function SettleDriftButton() {
  const [open, setOpen] = useState(false);
  const { platformAdmin } = useCaller();
  const close = () => setOpen(false);
  return (
    <div>
      <Button
        icon={Scale}
        disabledReason={platformAdmin ? undefined : 'Only a platform admin settles this.'}
        onClick={() => setOpen(true)}
      >
        Settle drift
      </Button>
      <Dialog
        open={open}
        onClose={close}
        title="Settle drift"
        description="Until then nothing is stopped, destroyed, frozen or revoked by itself."
      >
        <SettleDriftForm onClose={close} />
      </Dialog>
    </div>
  );
}

const decisions = [
  {
    value: DriftDecision.OPEN_WINDOW,
    label: 'Take hosts back by their keys for an hour',
    help: 'First step: hosts whose credentials this database does not know come back without joining anew.',
    done: 'Hosts prove themselves by their keys for an hour.',
  },
  {
    value: DriftDecision.ACCEPT,
    label: 'Let the database count as it is',
    help: 'Last step: sandboxes are brought to what the database says, and those that it does not know are frozen.',
    done: 'The database counts as it is from now on.',
  },
];

function SettleDriftForm({ onClose }: { onClose: () => void }) {
  const { data, error, refetch } = useQuery(HostService.method.getDrift, {}, { refetchInterval: 2000 });
  const settle = useMutation(HostService.method.settleDrift);
  const tell = useTell();
  const form = useForm({
    initial: { decision: DriftDecision.OPEN_WINDOW, reason: '' },
    check: ({ reason }) => ({ reason: reason.trim() === '' ? 'Say why: it stands in the audit log.' : undefined }),
    submit: async ({ decision, reason }) => {
      await settle.mutateAsync({ decision, reason: reason.trim() });
      onClose();
      tell(decisions.find(({ value }) => value === decision)!.done);
    },
  });
  const { decision, reason } = form.values;
  return (
    <DialogForm form={form}>
      <DialogBody>
        {error && <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />}
        {data?.drift && <DriftFacts drift={data.drift} />}
        <SelectField
          {...form.bind('decision')}
          label="Decision"
          help={decisions.find(({ value }) => value === decision)!.help}
          choices={decisions}
        />
        <TextField
          {...form.bind('reason')}
          label="Reason"
          help="Kept in the audit log."
          placeholder="The backup of last night was restored"
          maxLength={500}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.settleDrift(decision, reason)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look={decision === DriftDecision.ACCEPT ? 'danger' : 'primary'} busy={form.busy}>
          {decision === DriftDecision.ACCEPT ? 'Accept the database' : 'Open the window'}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

function DriftFacts({ drift }: { drift: Drift }) {
  const nameOf = useHostNames();
  const { since, hostId, lostSteps, hosts, finding, windowUntil, reestablishedHosts } = drift;
  return (
    <Facts
      facts={[
        {
          term: 'Noticed',
          value: (
            <>
              <RelativeTime at={since} />
              {hostId !== '' && ` by ${nameOf(hostId)}`}
            </>
          ),
        },
        {
          term: 'Behind',
          value: `${lostSteps} steps that ${hosts === 1 ? '1 host has' : `${hosts} hosts have`} seen`,
        },
        { term: 'Finding', value: finding },
        {
          term: 'Window',
          value: windowUntil ? (
            <>
              open, ends <RelativeTime at={windowUntil} />; {reestablishedHosts} taken back
            </>
          ) : (
            'closed'
          ),
        },
      ]}
    />
  );
}
