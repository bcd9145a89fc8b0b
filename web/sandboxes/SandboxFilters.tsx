import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { FilterPills } from '../parts/FilterPills.tsx';
import { FilterSelect } from '../parts/FilterSelect.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { idleChoices, labelsOf, passesBesidesState, type IdleWord, type SandboxFilter } from './filter.ts';
import { nameKey } from './name.ts';
import { observedLooks, sandboxStateWords, type SandboxStateWord } from './states.ts';

interface SandboxFiltersProps {
  readonly all: readonly Sandbox[];
  readonly filter: SandboxFilter;
  readonly nowMs: number;
  readonly onNarrow: (change: SandboxFilter) => void;
}

/** What narrows the list. All of it stands in the address. */
export function SandboxFilters({ all, filter, nowMs, onNarrow }: SandboxFiltersProps) {
  const passing = all.filter((sandbox) => passesBesidesState(sandbox, filter, nowMs));
  const pills = Object.entries(sandboxStateWords)
    .map(([word, state]) => ({
      value: word as SandboxStateWord, // a key of the table above
      word: observedLooks[state].word,
      tone: observedLooks[state].tone,
      count: passing.filter((sandbox) => sandbox.observed === state).length,
    }))
    .filter((pill) => pill.count > 0 || pill.value === filter.state || pill.value === 'running');
  const hosts = new Map(all.filter(({ hostId }) => hostId !== '').map(({ hostId, hostName }) => [hostId, hostName]));
  const silent = all.filter(({ silentSince }) => silentSince !== undefined).length;
  const idleWords = Object.entries(idleChoices).map(([value, { word }]) => ({ value, word }));
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <FilterPills
          label="Sandboxes by state"
          pills={pills}
          chosen={filter.state}
          onChoose={(state) => onNarrow({ state })}
        />
        <label className="inline-flex h-8 items-center gap-2 text-table text-ink-muted max-md:h-10">
          <input
            type="checkbox"
            checked={filter.ended === true}
            onChange={(event) => onNarrow({ ended: event.target.checked ? true : undefined })}
            className="size-4 accent-accent"
          />
          Show ended
        </label>
        {(silent > 0 || filter.silent === true) && (
          <label className="inline-flex h-8 items-center gap-2 text-table text-ink-muted max-md:h-10">
            <input
              type="checkbox"
              checked={filter.silent === true}
              onChange={(event) => onNarrow({ silent: event.target.checked ? true : undefined })}
              className="size-4 accent-accent"
            />
            Silent work ({silent})
          </label>
        )}
        <div className="flex-1 md:flex md:justify-end">
          <SearchField
            label="Find a sandbox"
            value={filter.q ?? ''}
            onChange={(q) => onNarrow({ q: q || undefined })}
          />
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <FilterSelect
          label="Host"
          all="Any host"
          options={[...hosts].map(([value, word]) => ({ value, word: `on ${word}` }))}
          value={filter.host}
          onChoose={(host) => onNarrow({ host })}
        />
        <FilterSelect
          label="Owner"
          all="Any owner"
          options={distinct(all.map(({ createdBy }) => createdBy)).map((value) => ({ value, word: `by ${value}` }))}
          value={filter.owner}
          onChoose={(owner) => onNarrow({ owner })}
        />
        <FilterSelect
          label="Label"
          all="Any label"
          options={distinct(all.flatMap(labelsOf).filter(isNoName)).map((value) => ({ value, word: value }))}
          value={filter.label}
          onChoose={(label) => onNarrow({ label })}
        />
        <FilterSelect
          label="Idle"
          all="Used or not"
          options={idleWords}
          value={filter.idle}
          // The options are the keys of the table.
          onChoose={(idle) => onNarrow({ idle: idle as IdleWord | undefined })}
        />
      </div>
    </div>
  );
}

/** A name is looked for by its text. */
const isNoName = (label: string): boolean => !label.startsWith(`${nameKey}=`);

const distinct = (words: readonly string[]): readonly string[] =>
  [...new Set(words.filter(Boolean))].toSorted((a, b) => a.localeCompare(b));
