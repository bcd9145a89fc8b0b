import type { Fleet } from '../fleet/feed.ts';
import { PairsField } from '../parts/PairsField.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import type { FormState } from '../parts/useForm.ts';
import { componentStateLooks } from '../fleet/component-states.ts';
import { ChoiceList } from './ChoiceList.tsx';
import type { Reach, RolloutPlan } from './plan.ts';
import { hostsWith } from './targets.ts';

const reaches: readonly { readonly value: Reach; readonly label: string }[] = [
  { value: 'all', label: 'All hosts that report it' },
  { value: 'labels', label: 'Hosts with labels' },
  { value: 'hosts', label: 'Hosts by name' },
];

/** Which hosts. */
export function WhereFields({ form, fleet }: { form: FormState<RolloutPlan>; fleet: Fleet }) {
  const { reach, repository, components } = form.values;
  const offered = hostsWith(fleet.hosts, repository, components);
  return (
    <Section title="Where">
      <Panel className="flex flex-col gap-4 p-4">
        <SelectField {...form.bind('reach')} label="Hosts" choices={reaches} />
        {reach === 'labels' && (
          <PairsField {...form.bind('labels')} label="Labels" noun="label" help="A host has to have all of them." />
        )}
        {reach === 'hosts' && (
          <ChoiceList
            {...form.bind('hostIds')}
            label="Which"
            choices={offered.map(({ hostId, hostName, state }) => ({
              value: hostId,
              label: hostName,
              detail: componentStateLooks[state].word,
            }))}
            none="No host reports what is chosen above."
          />
        )}
      </Panel>
    </Section>
  );
}
