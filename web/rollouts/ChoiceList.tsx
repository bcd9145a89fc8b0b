import { CircleAlert } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { SearchField } from '../parts/SearchField.tsx';
import type { FieldBinding } from '../parts/useForm.ts';

export interface ListChoice {
  readonly value: string;
  readonly label: string;
  readonly detail?: string;
}

interface ChoiceListProps extends FieldBinding<readonly string[]> {
  readonly label: string;
  readonly choices: readonly ListChoice[];
  /** Says why there is nothing to choose. */
  readonly none: ReactNode;
}

/** Longer lists are searched, and drawn up to here. */
const mostDrawn = 100;
const shortList = 12;

/** Those that are looked for, chosen ones first in long lists: what is chosen must be seen to be taken back. */
function offered(choices: readonly ListChoice[], chosen: ReadonlySet<string>, wanted: string): readonly ListChoice[] {
  const found = choices.filter(({ label }) => label.toLowerCase().includes(wanted.toLowerCase()));
  if (found.length <= mostDrawn) return found;
  return [...found.filter(({ value }) => chosen.has(value)), ...found.filter(({ value }) => !chosen.has(value))];
}

/** Several of a list, in the order in which they are chosen. */
export function ChoiceList({ label, choices, none, name, value: chosen, onChange, error }: ChoiceListProps) {
  const belowId = useId();
  const [wanted, setWanted] = useState('');
  const taken = new Set(chosen);
  const found = offered(choices, taken, wanted);
  const choose = (value: string, wanted: boolean) =>
    onChange(wanted ? [...chosen, value] : chosen.filter((other) => other !== value));
  return (
    <fieldset name={name} aria-describedby={belowId} className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1.5 text-table font-medium">{label}</legend>
      {choices.length > shortList && <SearchField label="Find by name" value={wanted} onChange={setWanted} />}
      {choices.length === 0 ? (
        <p className="text-table text-ink-muted">{none}</p>
      ) : (
        <ul className="max-h-56 overflow-y-auto rounded-control bg-panel py-1 ring-1 ring-field ring-inset">
          {found.slice(0, mostDrawn).map(({ value, label: word, detail }) => (
            <li key={value}>
              <label className="flex min-h-8 items-center gap-2.5 px-2.5 text-table hover:bg-hover max-md:min-h-10">
                <input
                  type="checkbox"
                  checked={taken.has(value)}
                  aria-invalid={error === undefined ? undefined : true}
                  onChange={(event) => choose(value, event.target.checked)}
                  className="size-4 shrink-0 accent-accent"
                />
                <span className="min-w-0 flex-1 truncate">{word}</span>
                {detail !== undefined && <span className="text-small text-ink-faint">{detail}</span>}
              </label>
            </li>
          ))}
        </ul>
      )}
      {choices.length > shortList && (
        <p className="text-small text-ink-faint">
          {chosen.length} of {choices.length} chosen
          {found.length > mostDrawn && `; ${mostDrawn} of ${found.length} are shown, find others by name`}
        </p>
      )}
      <div id={belowId}>
        {error !== undefined && (
          <p role="alert" className="flex gap-1.5 text-small text-wrong">
            <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
            {error}
          </p>
        )}
      </div>
    </fieldset>
  );
}
