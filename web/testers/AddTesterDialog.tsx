import { useMutation } from '@connectrpc/connect-query';
import { useNavigate } from '@tanstack/react-router';
import { TesterService } from '#proto/muster/v1/tester_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { NumberField, TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { useOrigins } from '../sandboxes/useOrigins.ts';
import { useMachines } from './useMachines.ts';

/** Brings one tester in, and shows how that goes on. */
export function AddTesterDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Add a tester"
      description="They get an account, a team of their own, a sandbox that does not expire, and a mail to begin with."
    >
      <AddTesterForm onClose={onClose} />
    </Dialog>
  );
}

const defaults = { cpu: 1, memory_mib: 512, disk_mib: 2048 };

function AddTesterForm({ onClose }: { onClose: () => void }) {
  const addTester = useMutation(TesterService.method.addTester);
  const navigate = useNavigate();
  const tell = useTell();
  const machines = useMachines();
  const form = useForm({
    initial: { name: '', email: '', template: 'base', host: '', ...defaults },
    check: ({ name, email }) => ({
      name: name.trim() === '' ? 'Type their name.' : undefined,
      email: email.includes('@') ? undefined : 'Type an address, such as ada@example.com.',
    }),
    submit: async (values) => {
      const { tester, existed } = await addTester.mutateAsync(requestOf(values));
      onClose();
      if (existed) tell(`${values.email.trim()} is a tester already.`);
      if (tester) await navigate(paths.tester(tester.id));
    },
  });
  const origins = useOrigins(form.values.template);
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('name')} label="Name" maxLength={100} placeholder="Ada Lovelace" />
        <TextField
          {...form.bind('email')}
          label="Email"
          help="An account of this address is taken where there is one."
          type="email"
          inputMode="email"
          placeholder="ada@example.com"
        />
        <SelectField {...form.bind('template')} label="Template" choices={origins} />
        <SelectField
          {...form.bind('host')}
          label="Machine"
          help="A machine of their own stays the platform’s; only their team’s sandboxes run there."
          choices={machines}
        />
        <div className="grid grid-cols-3 gap-3">
          <NumberField {...form.bind('cpu')} label="CPUs" min={0.1} max={64} step={0.1} />
          <NumberField {...form.bind('memory_mib')} label="Memory" unit="MiB" min={16} max={262_144} />
          <NumberField {...form.bind('disk_mib')} label="Disk" unit="MiB" min={16} max={1_048_576} />
        </div>
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.addTester(requestOf(form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Add tester
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

interface Values {
  readonly name: string;
  readonly email: string;
  readonly template: string;
  readonly host: string;
  readonly cpu: number;
  readonly memory_mib: number;
  readonly disk_mib: number;
}

/** An emptied number is what is usual. */
const requestOf = ({ name, email, template, host, cpu, memory_mib: memoryMib, disk_mib: diskMib }: Values) => ({
  name: name.trim(),
  email: email.trim(),
  template,
  host,
  limits: { cpu: cpu || 0, memoryMib: memoryMib || 0, diskMib: diskMib || 0 },
});
