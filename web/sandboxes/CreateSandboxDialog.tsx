import { useMutation } from '@connectrpc/connect-query';
import { Collapsible } from '@base-ui/react/collapsible';
import { useNavigate } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { OnDisconnect, SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { NumberField, TextField } from '../parts/Field.tsx';
import { PairsField, pairsError, pairsToMap, type Pair } from '../parts/PairsField.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm, type FormState } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { lifetimes } from './lifetimes.ts';
import { durationOf } from '../time/duration.ts';
import { nameKey } from './name.ts';

/** Creates a sandbox and opens its page. */
export function CreateSandboxDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Create a sandbox"
      description="An isolated Linux environment on the host that has waited longest for one."
    >
      <CreateSandboxForm onClose={onClose} />
    </Dialog>
  );
}

const noPairs: readonly Pair[] = [];

const initial = {
  name: '',
  template: 'base',
  'limits.cpu': 1,
  'limits.memory_mib': 512,
  'limits.disk_mib': 2048,
  'limits.pids': 1024,
  timeout: 3600,
  on_disconnect: OnDisconnect.PAUSE as OnDisconnect,
  metadata: noPairs,
  env: noPairs,
  host_labels: noPairs,
};

type Values = typeof initial;

function toRequest(values: Values) {
  const name = values.name.trim();
  return {
    template: values.template.trim(),
    limits: {
      cpu: values['limits.cpu'],
      memoryMib: values['limits.memory_mib'],
      diskMib: values['limits.disk_mib'],
      pids: values['limits.pids'],
    },
    timeout: durationOf(values.timeout),
    onDisconnect: values.on_disconnect,
    metadata: { ...pairsToMap(values.metadata), ...(name !== '' && { [nameKey]: name }) },
    env: pairsToMap(values.env),
    hostLabels: pairsToMap(values.host_labels),
  };
}

const nameRule = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const wanted = (value: number): string | undefined => (Number.isFinite(value) ? undefined : 'Give a number.');

function CreateSandboxForm({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const createSandbox = useMutation(SandboxService.method.createSandbox);
  const [requestId] = useState(() => crypto.randomUUID());
  const form = useForm<Values>({
    initial,
    check: (values) => ({
      name: nameRule.test(values.name.trim())
        ? undefined
        : 'Use letters, digits, hyphens, dots and underscores; begin and end with a letter or digit.',
      'limits.cpu': wanted(values['limits.cpu']),
      'limits.memory_mib': wanted(values['limits.memory_mib']),
      'limits.disk_mib': wanted(values['limits.disk_mib']),
      'limits.pids': wanted(values['limits.pids']),
      metadata: pairsError(values.metadata),
      env: pairsError(values.env),
      host_labels: pairsError(values.host_labels),
    }),
    submit: async (values) => {
      const { sandbox } = await createSandbox.mutateAsync({ ...toRequest(values), requestId });
      onClose();
      if (sandbox) await navigate(paths.sandbox(sandbox.id));
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField
          {...form.bind('name')}
          label="Name"
          optional
          help="Kept in its metadata, so that you find it again."
          placeholder="nightly-tests"
          spellCheck={false}
          maxLength={63}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField {...form.bind('template')} label="Template" mono spellCheck={false} />
          <SelectField {...form.bind('timeout')} label="Lifetime" choices={lifetimes} />
        </div>
        <p className="-mt-2 text-small text-ink-faint">It is destroyed at the end of its life, which can be renewed.</p>
        <Limits form={form} />
        <MoreOptions form={form} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.createSandbox(toRequest(form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Create sandbox
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

function Limits({ form }: { form: FormState<Values> }) {
  return (
    <fieldset>
      <legend className="mb-2 text-table font-medium">Limits, enforced by the kernel</legend>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <NumberField {...form.bind('limits.cpu')} label="CPUs" min={0.1} max={64} step={0.1} />
        <NumberField {...form.bind('limits.memory_mib')} label="Memory" unit="MiB" min={16} max={262_144} />
        <NumberField {...form.bind('limits.disk_mib')} label="Disk" unit="MiB" min={16} max={1_048_576} />
        <NumberField {...form.bind('limits.pids')} label="Processes" min={8} max={65_536} />
      </div>
    </fieldset>
  );
}

const onDisconnectChoices = [
  { value: OnDisconnect.PAUSE, label: 'Freeze it, resume on return' },
  { value: OnDisconnect.KEEP, label: 'Let it go on' },
];

function MoreOptions({ form }: { form: FormState<Values> }) {
  const [open, setOpen] = useState(false);
  const [metadata, env, hostLabels] = [form.bind('metadata'), form.bind('env'), form.bind('host_labels')];
  // An error must not hide in a folded part.
  const wrong = [metadata, env, hostLabels].some((field) => field.error !== undefined);
  return (
    <Collapsible.Root open={open || wrong} onOpenChange={setOpen}>
      <Collapsible.Trigger className="group inline-flex h-7 items-center gap-1 rounded-control pr-2 text-table text-ink-muted hover:text-ink">
        <ChevronRight aria-hidden className="size-4 transition-transform group-data-panel-open:rotate-90" />
        Metadata, environment, placement
      </Collapsible.Trigger>
      <Collapsible.Panel className="flex flex-col gap-4 pt-3">
        <PairsField {...metadata} label="Metadata" noun="pair" help="To find and filter sandboxes by." />
        <PairsField {...env} label="Environment" noun="variable" help="For every process in it." />
        <PairsField
          {...hostLabels}
          label="Host labels"
          noun="label"
          help="Only hosts that carry all of these take it."
        />
        <SelectField
          {...form.bind('on_disconnect')}
          label="When its host loses the control plane"
          choices={onDisconnectChoices}
        />
      </Collapsible.Panel>
    </Collapsible.Root>
  );
}
