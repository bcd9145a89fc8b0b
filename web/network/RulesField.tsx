import { CircleAlert, Plus, X } from 'lucide-react';
import { useId } from 'react';
import { EgressAction, EgressProtocol } from '#proto/muster/v1/network_pb.js';
import { classes } from '../parts/classes.ts';
import { controlClasses } from '../parts/Field.tsx';
import type { FieldBinding } from '../parts/useForm.ts';
import type { RuleLine } from './policy.ts';

const actions = [
  { value: EgressAction.ALLOW, label: 'Allow' },
  { value: EgressAction.DENY, label: 'Deny' },
] as const;
const protocols = [
  { value: EgressProtocol.UNSPECIFIED, label: 'Any' },
  { value: EgressProtocol.TCP, label: 'TCP' },
  { value: EgressProtocol.UDP, label: 'UDP' },
] as const;

/** The choice whose value an option carries as text. */
const valueIn = <Value,>(choices: readonly { readonly value: Value }[], text: string) =>
  choices.find(({ value }) => String(value) === text)?.value;

const newRule = { action: EgressAction.ALLOW, cidr: '', ports: '', protocol: EgressProtocol.UNSPECIFIED };

/** Rules about addresses and ports; the first that fits decides. */
export function RulesField({ name, value: rules, onChange, error }: FieldBinding<readonly RuleLine[]>) {
  const belowId = useId();
  const change = (line: number, part: Partial<RuleLine>) =>
    onChange(rules.map((rule) => (rule.line === line ? { ...rule, ...part } : rule)));
  const add = () => onChange([...rules, { ...newRule, line: (rules.at(-1)?.line ?? 0) + 1 }]);
  return (
    <fieldset name={name} className="flex min-w-0 flex-col gap-1.5" aria-describedby={belowId}>
      <legend className="mb-1.5 text-table font-medium">
        Rules
        <span className="font-normal text-ink-faint"> (optional)</span>
      </legend>
      {rules.map((rule, index) => (
        <div
          key={rule.line}
          className="grid animate-enter grid-cols-[5.5rem_minmax(0,1fr)_2rem] items-center gap-1.5 sm:grid-cols-[5.5rem_minmax(0,1.4fr)_minmax(0,1fr)_5rem_2rem]"
        >
          <select
            aria-label={`What rule ${index + 1} does`}
            value={rule.action}
            onChange={(event) => change(rule.line, { action: valueIn(actions, event.target.value) ?? rule.action })}
            className={classes(controlClasses, 'text-table!')}
          >
            {actions.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          <input
            aria-label={`Addresses of rule ${index + 1}`}
            aria-invalid={error === undefined ? undefined : true}
            value={rule.cidr}
            onChange={(event) => change(rule.line, { cidr: event.target.value })}
            placeholder="203.0.113.0/24"
            autoComplete="off"
            spellCheck={false}
            className={classes(controlClasses, 'font-mono')}
          />
          <input
            aria-label={`Ports of rule ${index + 1}`}
            value={rule.ports}
            onChange={(event) => change(rule.line, { ports: event.target.value })}
            placeholder="all ports"
            autoComplete="off"
            spellCheck={false}
            className={classes(controlClasses, 'font-mono max-sm:order-last max-sm:col-span-2')}
          />
          <select
            aria-label={`Protocol of rule ${index + 1}`}
            value={rule.protocol}
            onChange={(event) =>
              change(rule.line, { protocol: valueIn(protocols, event.target.value) ?? rule.protocol })
            }
            className={classes(controlClasses, 'text-table! max-sm:hidden')}
          >
            {protocols.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          <button
            type="button"
            aria-label={`Remove rule ${index + 1}`}
            onClick={() => onChange(rules.filter((other) => other.line !== rule.line))}
            className="inline-flex size-8 shrink-0 items-center justify-center rounded-control text-ink-faint hover:bg-hover hover:text-ink"
          >
            <X aria-hidden className="size-4" />
          </button>
        </div>
      ))}
      <button
        type="button"
        onClick={add}
        className="inline-flex h-7 items-center gap-1 self-start rounded-control pr-2 pl-1 text-table text-link hover:bg-hover max-md:h-10"
      >
        <Plus aria-hidden className="size-4" /> Add a rule
      </button>
      <div id={belowId}>
        {error === undefined ? (
          rules.length > 0 && <p className="text-small text-ink-faint">The first that fits decides.</p>
        ) : (
          <p role="alert" className="flex gap-1.5 text-small text-wrong">
            <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
            {error}
          </p>
        )}
      </div>
    </fieldset>
  );
}
