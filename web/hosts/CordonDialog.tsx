import { useMutation } from '@connectrpc/connect-query';
import { HostService, type Host } from '#proto/muster/v1/host_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useReport, useTell } from '../problems/useReport.ts';

/** Takes a host out of placement, with the reason that others will read; offers undo. */
export function CordonDialog({ host, open, onClose }: { host: Host; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Cordon ${host.name}`}
      description="No new sandbox is placed on it. Those that run go on."
    >
      <CordonForm host={host} onClose={onClose} />
    </Dialog>
  );
}

function CordonForm({ host, onClose }: { host: Host; onClose: () => void }) {
  const cordon = useMutation(HostService.method.cordonHost);
  const uncordon = useUncordon();
  const tell = useTell();
  const form = useForm({
    initial: { reason: '' },
    check: ({ reason }) => ({
      reason: reason.trim() === '' ? 'Say why: others will see it on the host’s page.' : undefined,
    }),
    submit: async ({ reason }) => {
      await cordon.mutateAsync({ hostId: host.id, reason: reason.trim() });
      onClose();
      tell(`${host.name} takes no new sandboxes.`, () => uncordon(host.id));
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
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.cordonHost(host.id, form.values.reason)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Cordon host
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

/** Lets sandboxes be placed on a host again. */
export function useUncordon(): (hostId: string) => void {
  const report = useReport();
  const tell = useTell();
  const uncordon = useMutation(HostService.method.uncordonHost, {
    onError: report,
    onSuccess: ({ host }) => tell(`${host?.name ?? 'The host'} takes sandboxes again.`),
  });
  return (hostId) => uncordon.mutate({ hostId });
}
