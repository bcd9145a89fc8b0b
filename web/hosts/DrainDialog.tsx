import { useMutation } from '@connectrpc/connect-query';
import { DrainAction, HostService, type Host } from '#proto/muster/v1/host_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

/** Empties a host: how long its sandboxes have, and what becomes of those that are left. */
export function DrainDialog({ host, open, onClose }: { host: Host; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Drain ${host.name}`}
      description="No new sandbox is placed on it, and it waits for those that are there. Uncordon cancels it."
    >
      <DrainForm host={host} onClose={onClose} />
    </Dialog>
  );
}

const hour = 3600;
const deadlines = [
  { value: 0, label: 'none: for ever, or at once' },
  { value: hour, label: '1 hour' },
  { value: 4 * hour, label: '4 hours' },
  { value: 24 * hour, label: '1 day' },
  { value: 168 * hour, label: '7 days' },
];

const actions = [
  { value: DrainAction.WAIT, label: 'Leave them alone: the drain gives up' },
  { value: DrainAction.STOP, label: 'Stop them; their files stay' },
  { value: DrainAction.DESTROY, label: 'Destroy them with their files' },
];

function DrainForm({ host, onClose }: { host: Host; onClose: () => void }) {
  const drain = useMutation(HostService.method.drainHost);
  const tell = useTell();
  const form = useForm({
    initial: { reason: '', deadline: 0, action: DrainAction.WAIT },
    check: ({ reason }) => ({
      reason: reason.trim() === '' ? 'Say why: others will see it on the host’s page.' : undefined,
    }),
    submit: async (values) => {
      await drain.mutateAsync(requestOf(host, values));
      onClose();
      tell(`${host.name} is being drained.`);
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('reason')}
          label="Reason"
          help="Shown on the host’s page and kept in the audit log."
          placeholder="Disk is being replaced"
          maxLength={200}
        />
        <SelectField {...form.bind('deadline')} label="Deadline" choices={deadlines} />
        <SelectField {...form.bind('action')} label="Sandboxes that are left then" choices={actions} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.drainHost(requestOf(host, form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look={form.values.action === DrainAction.DESTROY ? 'danger' : 'primary'} busy={form.busy}>
          Drain host
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

const requestOf = (
  host: Host,
  { reason, deadline, action }: { reason: string; deadline: number; action: DrainAction },
) => ({
  hostId: host.id,
  reason: reason.trim(),
  action,
  deadline: deadline === 0 ? undefined : { seconds: BigInt(deadline) },
});
