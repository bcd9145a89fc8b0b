import { useMutation } from '@connectrpc/connect-query';
import { MachineAccessService } from '#proto/muster/v1/machine_access_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { TextAreaField } from '../parts/TextAreaField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { endAfter, keyLifetimes, usualKeyDays } from './lifetime.ts';
import { useHostChoices } from './useHostChoices.ts';

/** Has the key of somebody who helps installed on machines. */
export function AddSupportKeyDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Add a support key"
      description="Who holds it gets onto the machines, into the accounts that their agents’ configs name for support."
    >
      <AddSupportKeyForm onClose={onClose} />
    </Dialog>
  );
}

function AddSupportKeyForm({ onClose }: { onClose: () => void }) {
  const add = useMutation(MachineAccessService.method.addSupportKey);
  const tell = useTell();
  const hosts = useHostChoices();
  const form = useForm({
    initial: { name: '', public_key: '', days: usualKeyDays, host_ids: '' },
    check: ({ name, public_key: key }) => ({
      name: name.trim() === '' ? 'Say whose it is.' : undefined,
      public_key: key.trim() === '' ? 'Paste the line of a .pub file.' : undefined,
    }),
    submit: async ({ name, public_key: publicKey, days, host_ids: host }) => {
      await add.mutateAsync({
        name: name.trim(),
        publicKey,
        expiresAt: endAfter(days),
        hostIds: host === '' ? [] : [host],
      });
      onClose();
      tell(`The key of ${name.trim()} comes onto the machines.`);
    },
  });
  const { name, days, host_ids: host } = form.values;
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('name')}
          label="Whose"
          help="And where it lies."
          maxLength={100}
          placeholder="Eve, laptop"
        />
        <TextAreaField
          {...form.bind('public_key')}
          label="Public key"
          help="The line of a .pub file. Ed25519, ECDSA, RSA of at least 2048 bits, or a security key."
        />
        <SelectField {...form.bind('days')} label="Good for" choices={keyLifetimes} />
        <SelectField {...form.bind('host_ids')} label="Machines" choices={hosts} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.addSupportKey({ name: name.trim(), days, hostId: host })} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Add support key
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
