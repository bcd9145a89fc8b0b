import { Collapsible } from '@base-ui/react/collapsible';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { OnDisconnect } from '#proto/muster/v1/sandbox_pb.js';
import { useEgressProblem } from '../network/egress-offer.ts';
import { NetworkFields } from '../network/NetworkFields.tsx';
import { CheckField } from '../parts/CheckField.tsx';
import { PairsField } from '../parts/PairsField.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import type { FormState } from '../parts/useForm.ts';
import type { NewSandbox } from './create-form.ts';

const onDisconnectChoices = [
  { value: OnDisconnect.PAUSE, label: 'Freeze it, resume on return' },
  { value: OnDisconnect.KEEP, label: 'Let it go on' },
];

/** What most sandboxes leave as it is, folded. */
export function CreateOptions({ form }: { form: FormState<NewSandbox> }) {
  const [open, setOpen] = useState(false);
  const egressProblem = useEgressProblem();
  const [metadata, env, hostLabels] = [form.bind('metadata'), form.bind('env'), form.bind('host_labels')];
  // An error must not hide in a folded part.
  const wrong = [metadata, env, hostLabels, form.bind('rules')].some((field) => field.error !== undefined);
  return (
    <Collapsible.Root open={open || wrong} onOpenChange={setOpen}>
      <Collapsible.Trigger className="group inline-flex h-7 items-center gap-1 rounded-control pr-2 text-table text-ink-muted hover:text-ink">
        <ChevronRight aria-hidden className="size-4 transition-transform group-data-panel-open:rotate-90" />
        Network, metadata, environment, placement
      </Collapsible.Trigger>
      <Collapsible.Panel className="flex flex-col gap-4 pt-3">
        <NetworkFields form={form} mayLeaveOpen problem={egressProblem} />
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
        <CheckField
          {...form.bind('auto_resume')}
          label="Resume or start it when it is used"
          help="By a command, its files or an endpoint, while it is paused or stopped."
        />
      </Collapsible.Panel>
    </Collapsible.Root>
  );
}
