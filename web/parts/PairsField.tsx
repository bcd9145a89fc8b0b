import { CircleAlert, Plus, X } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { classes } from './classes.ts';
import { controlClasses } from './Field.tsx';
import type { FieldBinding } from './useForm.ts';

/** One line of a list of pairs. The number keeps a line's place in the form while it is typed. */
export interface Pair {
  readonly line: number;
  readonly key: string;
  readonly value: string;
}

/** The pairs as a request holds them; lines without a key are left out. */
export const pairsToMap = (pairs: readonly Pair[]): Record<string, string> =>
  Object.fromEntries(
    pairs.filter((pair) => pair.key.trim() !== '').map((pair) => [pair.key.trim(), pair.value.trim()]),
  );

/** A map as the lines of a form. */
export const pairsOf = (map: Readonly<Record<string, string>>): readonly Pair[] =>
  Object.entries(map).map(([key, value], line) => ({ line, key, value }));

/** What can be seen to be wrong with the pairs, in one sentence. */
export function pairsError(pairs: readonly Pair[]): string | undefined {
  const keys = pairs.map((pair) => pair.key.trim()).filter(Boolean);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) return `“${twice}” stands here twice. Keep one of them.`;
  const keyless = pairs.find((pair) => pair.key.trim() === '' && pair.value.trim() !== '');
  return keyless && `Give “${keyless.value.trim()}” a key.`;
}

type PairsFieldProps = FieldBinding<readonly Pair[]> & { label: string; help?: ReactNode; noun: string };

/** Keys with values, such as labels; `noun` names one of them ("label"). */
export function PairsField({ label, help, noun, name, value: pairs, onChange, error }: PairsFieldProps) {
  const belowId = useId();
  const change = (line: number, part: Partial<Pair>) =>
    onChange(pairs.map((pair) => (pair.line === line ? { ...pair, ...part } : pair)));
  const add = () => onChange([...pairs, { line: (pairs.at(-1)?.line ?? 0) + 1, key: '', value: '' }]);
  return (
    <fieldset name={name} className="flex min-w-0 flex-col gap-1.5" aria-describedby={belowId}>
      <legend className="mb-1.5 text-table font-medium">
        {label}
        <span className="font-normal text-ink-faint"> (optional)</span>
      </legend>
      {pairs.map((pair, index) => (
        <div key={pair.line} className="flex animate-enter items-center gap-1.5">
          <input
            aria-label={`Key of ${noun} ${index + 1}`}
            aria-invalid={error === undefined ? undefined : true}
            value={pair.key}
            onChange={(event) => change(pair.line, { key: event.target.value })}
            placeholder="key"
            autoComplete="off"
            spellCheck={false}
            className={classes(controlClasses, 'font-mono')}
          />
          <span aria-hidden className="text-ink-faint">
            =
          </span>
          <input
            aria-label={`Value of ${noun} ${index + 1}`}
            value={pair.value}
            onChange={(event) => change(pair.line, { value: event.target.value })}
            placeholder="value"
            autoComplete="off"
            spellCheck={false}
            className={classes(controlClasses, 'font-mono')}
          />
          <button
            type="button"
            aria-label={`Remove ${noun} ${index + 1}`}
            onClick={() => onChange(pairs.filter((other) => other.line !== pair.line))}
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
        <Plus aria-hidden className="size-4" /> Add a {noun}
      </button>
      <div id={belowId}>
        {error === undefined ? (
          help !== undefined && <p className="text-small text-ink-faint">{help}</p>
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
