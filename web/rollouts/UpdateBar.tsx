import type { UpdateCount, UpdateState } from '#proto/muster/v1/rollout_pb.js';
import { classes } from '../parts/classes.ts';
import { solid, toneText } from '../parts/Status.tsx';
import { inBarOrder, updateLooks } from './looks.ts';

/** How far a rollout is, as one bar. Its words stand beside it. */
export function UpdateBar({ counts, slim = false }: { counts: readonly UpdateCount[]; slim?: boolean }) {
  return (
    <div aria-hidden className={classes('flex gap-0.5 overflow-hidden rounded-full', slim ? 'h-1.5' : 'h-3')}>
      {inBarOrder(counts).map(({ state, updates }) => (
        <span
          key={state}
          className={classes('min-w-1.5 transition-[flex-grow] duration-200', solid[updateLooks[state].tone])}
          style={{ flexGrow: updates, flexBasis: 0 }}
        />
      ))}
    </div>
  );
}

interface LegendProps {
  readonly counts: readonly UpdateCount[];
  readonly chosen: UpdateState | undefined;
  readonly onChoose: (state: UpdateState | undefined) => void;
}

/** The bar's words and counts, which filter. */
export function UpdateLegend({ counts, chosen, onChoose }: LegendProps) {
  return (
    <div role="group" aria-label="Updates by state" className="-ml-2 flex flex-wrap gap-1">
      {inBarOrder(counts).map(({ state, updates }) => {
        const { word, icon: Icon, tone } = updateLooks[state];
        return (
          <button
            key={state}
            type="button"
            aria-pressed={chosen === state}
            onClick={() => onChoose(chosen === state ? undefined : state)}
            className="inline-flex h-8 items-center gap-2 rounded-control px-2 text-table transition-colors hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:ring-2 aria-pressed:ring-accent aria-pressed:ring-inset max-md:h-10"
          >
            <Icon aria-hidden className={classes('size-4', toneText[tone])} />
            {word}
            <span className="text-ink-faint tabular-nums">{updates}</span>
          </button>
        );
      })}
    </div>
  );
}
