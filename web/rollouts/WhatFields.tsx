import type { Fleet } from '../fleet/feed.ts';
import { CommitLine } from '../fleet/CommitLine.tsx';
import { TextField } from '../parts/Field.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import type { FormState } from '../parts/useForm.ts';
import { ChoiceList } from './ChoiceList.tsx';
import type { RolloutPlan } from './plan.ts';
import { componentsOf } from './targets.ts';

/** Which components, built from what, to which commit. */
export function WhatFields({ form, fleet }: { form: FormState<RolloutPlan>; fleet: Fleet }) {
  const repositories = fleet.summary?.repositories ?? [];
  const { repository: name, components, target_sha: sha } = form.values;
  const repository = repositories.find((candidate) => candidate.name === name);
  const offered = componentsOf(fleet.hosts, name);
  const order = components.length > 1 ? ` On each host ${components.join(', then ')}.` : '';
  return (
    <Section title="What">
      <Panel className="flex flex-col gap-4 p-4">
        <SelectField
          {...form.bind('repository')}
          onChange={(next) => {
            form.bind('repository').onChange(next);
            const known = componentsOf(fleet.hosts, next);
            form.bind('components').onChange(known.length === 1 ? known.map(({ component }) => component) : []);
          }}
          label="Repository"
          choices={[
            ...(repository ? [] : [{ value: '', label: 'Choose one' }]),
            ...repositories.map((one) => ({ value: one.name, label: one.name })),
          ]}
        />
        <ChoiceList
          {...form.bind('components')}
          label={`Components${order === '' ? '' : ':'}${order}`}
          choices={offered.map(({ component, hosts }) => ({
            value: component,
            label: component,
            detail: `on ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`,
          }))}
          none={
            name === ''
              ? 'Choose a repository first.'
              : `No host reports a component that is built from ${name}. Name it in the agent.json of a host.`
          }
        />
        <TextField
          {...form.bind('target_sha')}
          label="Commit"
          optional
          mono
          spellCheck={false}
          placeholder={repository?.head?.sha ?? ''}
          help={
            sha.trim() === '' && repository?.head ? (
              <span className="flex min-w-0 flex-col gap-1">
                {`Empty: the head of ${repository.branch}, which is now`}
                <CommitLine commit={repository.head} />
              </span>
            ) : (
              'Its full id. Empty: the head of the branch as it is when the rollout begins.'
            )
          }
        />
      </Panel>
    </Section>
  );
}
