import { useMutation } from '@connectrpc/connect-query';
import { HostService, type Host } from '#proto/muster/v1/host_pb.js';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { NumberField, TextField } from '../parts/Field.tsx';
import { PairsField, pairsError, pairsOf, pairsToMap } from '../parts/PairsField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';

/** Changes a host's name, labels and overcommit. */
export function EditHostDialog({ host, open, onClose }: { host: Host; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={`Edit ${host.name}`}>
      <EditHostForm host={host} onClose={onClose} />
    </Dialog>
  );
}

function EditHostForm({ host, onClose }: { host: Host; onClose: () => void }) {
  const update = useMutation(HostService.method.updateHost);
  const form = useForm({
    initial: {
      name: host.name,
      labels: pairsOf(host.labels),
      'overcommit.cpu': host.overcommit?.cpu ?? 16,
      'overcommit.memory': host.overcommit?.memory ?? 1,
      'overcommit.disk': host.overcommit?.disk ?? 1,
    },
    check: ({ name, labels }) => ({
      name: name.trim() === '' ? 'A host needs a name.' : undefined,
      labels: pairsError(labels),
    }),
    submit: async (values) => {
      await update.mutateAsync({
        hostId: host.id,
        name: values.name.trim(),
        labels: { labels: pairsToMap(values.labels) },
        overcommit: {
          cpu: values['overcommit.cpu'],
          memory: values['overcommit.memory'],
          disk: values['overcommit.disk'],
        },
      });
      onClose();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('name')} label="Name" mono spellCheck={false} />
        <PairsField {...form.bind('labels')} label="Labels" noun="label" />
        <fieldset className="grid grid-cols-3 gap-3">
          <legend className="mb-1.5 text-table font-medium">How much may be promised to sandboxes</legend>
          <NumberField {...form.bind('overcommit.cpu')} label="CPU" unit="×" min={0.1} max={100} step={0.1} />
          <NumberField {...form.bind('overcommit.memory')} label="Memory" unit="×" min={0.1} max={10} step={0.1} />
          <NumberField {...form.bind('overcommit.disk')} label="Disk" unit="×" min={0.1} max={10} step={0.1} />
        </fieldset>
        {form.problem && <ProblemNote problem={form.problem} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Save changes
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
