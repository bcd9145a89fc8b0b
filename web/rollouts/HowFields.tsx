import { CheckField } from '../parts/CheckField.tsx';
import { NumberField, TextField } from '../parts/Field.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import type { FormState } from '../parts/useForm.ts';
import type { RolloutPlan } from './plan.ts';

/** In which order, how carefully, and what becomes of those that fail or are away. */
export function HowFields({ form }: { form: FormState<RolloutPlan> }) {
  return (
    <Section title="How">
      <Panel className="flex flex-col gap-4 p-4">
        <div className="grid gap-4 sm:grid-cols-3">
          <NumberField
            {...form.bind('canary_hosts')}
            label="Canaries"
            min={0}
            max={10_000}
            help="Hosts that go first, alone. 0: none."
          />
          <NumberField
            {...form.bind('batch_size')}
            label="Batch"
            min={0}
            max={10_000}
            help="Hosts at a time after that. 0: all at once."
          />
          <NumberField
            {...form.bind('soakMinutes')}
            label="Soak"
            unit="min"
            min={0}
            max={10_080}
            help="Each batch has to hold for so long."
          />
        </div>
        <div className="grid gap-4 sm:grid-cols-3">
          <NumberField
            {...form.bind('max_failures')}
            label="Failures allowed"
            min={0}
            max={10_000}
            help="It stops when more have failed."
          />
          <NumberField
            {...form.bind('verifyMinutes')}
            label="Proof within"
            unit="min"
            min={0.1}
            max={1440}
            step={0.5}
            help="The process has to report the commit."
          />
        </div>
        <CheckField
          {...form.bind('return_on_failure')}
          label="Return a host that fails to the commit before"
          help="Where its agent.json names a return command."
        />
        <div className="grid gap-4 sm:grid-cols-3">
          <div className="sm:col-span-2">
            <SelectField
              {...form.bind('offline')}
              label="Hosts that are away"
              choices={[
                { value: 'catch-up', label: 'Are caught up with when they return' },
                { value: 'skip', label: 'Are left out' },
              ]}
            />
          </div>
          {form.values.offline === 'catch-up' && (
            <NumberField {...form.bind('catchUpHours')} label="Within" unit="h" min={0.1} max={720} step={0.5} />
          )}
        </div>
        <CheckField
          {...form.bind('supersede')}
          label="Take over what waits in other rollouts"
          help="A component on a host is in one rollout at a time. What another is updating right now is never taken from it."
        />
        <CheckField
          {...form.bind('include_pinned')}
          label="Move what is pinned, too"
          help="What is held at another commit is left where it is otherwise. Its pin stays."
        />
        <TextField
          {...form.bind('reason')}
          label="Why"
          optional
          help="For those who read it later."
          maxLength={500}
          placeholder="Release 7"
        />
      </Panel>
    </Section>
  );
}
