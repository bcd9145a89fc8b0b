import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../parts/Button.tsx';
import { classes } from '../parts/classes.ts';
import { controlClasses } from '../parts/Field.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { useActiveTeam, useCaller } from '../session/useCaller.ts';
import { actionPrefix, type AuditSearch, type OutcomeWord, type RangeWord } from './filter.ts';

const outcomes: Readonly<Record<OutcomeWord, string>> = { done: 'Done', denied: 'Denied', failed: 'Failed' };
const rangeNames: Readonly<Record<RangeWord, string>> = {
  hour: 'Last hour',
  day: 'Last 24 hours',
  week: 'Last 7 days',
  month: 'Last 30 days',
};

interface FiltersProps {
  readonly search: AuditSearch;
  /** What names the people and things that the rows show, by their ids. */
  readonly nameOf: (id: string) => string;
  readonly onNarrow: (change: AuditSearch) => void;
}

/** What narrows the list. All of it stands in the address. */
export function Filters({ search, nameOf, onNarrow }: FiltersProps) {
  const { platformAdmin } = useCaller();
  const team = useActiveTeam();
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <Choice
        label="Outcome"
        all="Any outcome"
        words={outcomes}
        value={search.outcome}
        onChoose={(outcome) => onNarrow({ outcome })}
      />
      <Choice
        label="Time"
        all="Any time"
        words={rangeNames}
        value={search.range}
        onChoose={(range) => onNarrow({ range })}
      />
      {platformAdmin && team && (
        <label className="inline-flex h-8 items-center gap-2 text-table text-ink-muted max-md:h-10">
          <input
            type="checkbox"
            checked={search.team === 'active'}
            onChange={(event) => onNarrow({ team: event.target.checked ? 'active' : undefined })}
            className="size-4 accent-accent"
          />
          Only {team.teamName}
        </label>
      )}
      {search.actor !== undefined && (
        <Chosen onClear={() => onNarrow({ actor: undefined })}>by {nameOf(search.actor)}</Chosen>
      )}
      {search.target !== undefined && (
        <Chosen onClear={() => onNarrow({ target: undefined })}>on {nameOf(search.target)}</Chosen>
      )}
      <div className="flex-1 md:flex md:justify-end">
        <SearchField
          label="Action begins with"
          value={search.action ?? ''}
          onChange={(text) => onNarrow({ action: actionPrefix(text) })}
        />
      </div>
    </div>
  );
}

function Chosen({ children, onClear }: { children: ReactNode; onClear: () => void }) {
  return (
    <Button small icon={X} onClick={onClear}>
      {children}
    </Button>
  );
}

interface ChoiceProps<Word extends string> {
  readonly label: string;
  readonly all: string;
  readonly words: Readonly<Record<Word, string>>;
  readonly value: Word | undefined;
  readonly onChoose: (word: Word | undefined) => void;
}

function Choice<Word extends string>({ label, all, words, value, onChoose }: ChoiceProps<Word>) {
  const keys = Object.keys(words) as Word[]; // the keys that the type is made of
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChoose(keys.find((word) => word === event.target.value))}
      className={classes(controlClasses, 'w-auto! text-table!')}
    >
      <option value="">{all}</option>
      {keys.map((word) => (
        <option key={word} value={word}>
          {words[word]}
        </option>
      ))}
    </select>
  );
}
