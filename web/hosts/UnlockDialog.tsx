import { useMutation } from '@connectrpc/connect-query';
import { HostService, type Host } from '#proto/muster/v1/host_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

/** Ends a quarantine, with what was found out. */
export function UnlockDialog({ host, open, onClose }: { host: Host; open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title={`Unlock ${host.name}`} description={host.quarantineReason}>
      <UnlockForm host={host} onClose={onClose} />
    </Dialog>
  );
}

function UnlockForm({ host, onClose }: { host: Host; onClose: () => void }) {
  const unlock = useMutation(HostService.method.unlockHost);
  const tell = useTell();
  const form = useForm({
    initial: { reason: '' },
    check: ({ reason }) => ({ reason: reason.trim() === '' ? 'Say what you found out.' : undefined }),
    submit: async ({ reason }) => {
      await unlock.mutateAsync({ hostId: host.id, reason: reason.trim() });
      onClose();
      tell(`${host.name} is unlocked.`);
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <p className="text-table text-ink-muted">
          Unlock it when the second agent is gone. Only the newest credentials count from then on: if the copy has them,
          the host is quarantined once more. In that case, or if somebody may have the credentials, make a new join
          token and let the right machine join anew: that ends the quarantine, too, and it keeps its sandboxes and its
          history.
        </p>
        <TextField
          {...form.bind('reason')}
          label="What you found out"
          help="Kept in the audit log."
          placeholder="A copy of the disk was started by mistake; it is shut down"
          maxLength={500}
        />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.unlockHost(host.id, form.values.reason)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Unlock host
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
