import { EgressDefault } from '#proto/muster/v1/network_pb.js';
import { NetworkMode } from '#proto/muster/v1/sandbox_pb.js';
import { CheckField } from '../parts/CheckField.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import type { FormState } from '../parts/useForm.ts';
import type { NetworkValues } from './policy.ts';
import { RulesField } from './RulesField.tsx';

const modes = [
  { value: NetworkMode.NONE, label: 'None' },
  { value: NetworkMode.EGRESS, label: 'Out to other machines' },
];

const modesWithDefault = [{ value: NetworkMode.UNSPECIFIED, label: 'As this installation sets it' }, ...modes];

const defaults = [
  { value: EgressDefault.ALLOW, label: 'Everything but private addresses' },
  { value: EgressDefault.DENY, label: 'Nothing' },
];

/** What a sandbox may reach. `mayLeaveOpen` where the installation's default can be taken; `problem` says why there is no network to have. */
export function NetworkFields<Values extends NetworkValues & Record<string, unknown>>({
  form,
  mayLeaveOpen,
  problem,
}: {
  form: FormState<Values>;
  mayLeaveOpen: boolean;
  problem: string | undefined;
}) {
  const { network, rules } = form.values;
  const all = mayLeaveOpen ? modesWithDefault : modes;
  // What it has stays to be seen.
  const offered = all.filter(({ value }) => problem === undefined || value !== NetworkMode.EGRESS || value === network);
  return (
    <>
      <SelectField {...form.bind('network')} label="Network" choices={offered} help={problem} />
      {network === NetworkMode.EGRESS && (
        <div className="flex flex-col gap-4 border-l-2 border-line pl-4">
          <RulesField {...form.bind('rules')} />
          <SelectField
            {...form.bind('egress_default')}
            label={rules.length > 0 ? 'What no rule speaks of' : 'It may reach'}
            choices={defaults}
          />
          {form.values.egress_default === EgressDefault.DENY && (
            <CheckField
              {...form.bind('resolve_names')}
              label="Resolve names"
              help="A question about a name carries data out, too."
            />
          )}
          <p className="text-small text-ink-faint">
            The host itself, other sandboxes and metadata services stay closed in any case. Only hosts that can do this
            take the sandbox.
          </p>
        </div>
      )}
    </>
  );
}
