import { useMutation } from '@connectrpc/connect-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { NumberField, TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm, type FormState } from '../parts/useForm.ts';
import { paths } from '../paths.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { randomId } from '../random-id.ts';
import { checkNewSandbox, newSandbox, toRequest, type NewSandbox } from './create-form.ts';
import { CreateOptions } from './CreateOptions.tsx';
import { LifeFields } from './LifeFields.tsx';
import { QuotaPreview } from './QuotaPreview.tsx';
import { useOrigins } from './useOrigins.ts';

interface CreateSandboxProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** The template or snapshot that it is to be made from. */
  readonly from?: string | undefined;
}

/** Creates a sandbox and opens its page. */
export function CreateSandboxDialog({ open, onClose, from }: CreateSandboxProps) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      wide
      title="Create a sandbox"
      description="An isolated Linux environment on the host that has waited longest for one."
    >
      <CreateSandboxForm onClose={onClose} from={from} />
    </Dialog>
  );
}

function CreateSandboxForm({ onClose, from = 'base' }: Omit<CreateSandboxProps, 'open'>) {
  const navigate = useNavigate();
  const createSandbox = useMutation(SandboxService.method.createSandbox);
  const [requestId] = useState(randomId);
  const form = useForm<NewSandbox>({
    initial: { ...newSandbox, template: from },
    check: checkNewSandbox,
    submit: async (values) => {
      const { sandbox } = await createSandbox.mutateAsync({ ...toRequest(values), requestId });
      onClose();
      if (sandbox) await navigate(paths.sandbox(sandbox.id));
    },
  });
  const origins = useOrigins(form.values.template);
  return (
    <DialogForm form={form}>
      <DialogBody>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            {...form.bind('name')}
            label="Name"
            optional
            help="Kept in its metadata, so that you find it again."
            placeholder="nightly-tests"
            spellCheck={false}
            maxLength={63}
          />
          <SelectField
            {...form.bind('template')}
            label="Made from"
            choices={origins}
            help="A template, or a snapshot of another sandbox."
          />
        </div>
        <Limits form={form} />
        <LifeFields form={form} />
        <CreateOptions form={form} />
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

function Limits({ form }: { form: FormState<NewSandbox> }) {
  const { values } = form;
  const asked = {
    count: 1,
    cpu: values['limits.cpu'],
    memoryMib: values['limits.memory_mib'],
    diskMib: values['limits.disk_mib'],
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-2 text-table font-medium">Limits, enforced by the kernel</legend>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <NumberField {...form.bind('limits.cpu')} label="CPUs" min={0.1} max={64} step={0.1} />
        <NumberField {...form.bind('limits.memory_mib')} label="Memory" unit="MiB" min={16} max={262_144} />
        <NumberField {...form.bind('limits.disk_mib')} label="Disk" unit="MiB" min={16} max={1_048_576} />
        <NumberField {...form.bind('limits.pids')} label="Processes" min={8} max={65_536} />
      </div>
      <QuotaPreview asked={asked} />
    </fieldset>
  );
}
