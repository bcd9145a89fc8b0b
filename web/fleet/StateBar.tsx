import type { StateCount } from '#proto/muster/v1/fleet_pb.js';
import { classes } from '../parts/classes.ts';
import { solid, toneText } from '../parts/Status.tsx';
import { componentStateLooks, wordOfState } from './component-states.ts';

interface StateBarProps {
  readonly counts: readonly StateCount[];
  readonly chosen: string | undefined;
  readonly onChoose: (word: string | undefined) => void;
}

/** The fleet as one bar, best first, with a legend of words and counts that filters. */
export function StateBar({ counts, chosen, onChoose }: StateBarProps) {
  const bestFirst = counts.toReversed();
  return (
    <div className="flex flex-col gap-3">
      <div aria-hidden className="flex h-3 gap-0.5 overflow-hidden rounded-full">
        {bestFirst.map(({ state, hosts }) => (
          <span
            key={state}
            className={classes(
              'min-w-2 transition-[flex-grow,opacity] duration-200',
              solid[componentStateLooks[state].tone],
              chosen !== undefined && chosen !== wordOfState(state) && 'opacity-30',
            )}
            style={{ flexGrow: hosts, flexBasis: 0 }}
          />
        ))}
      </div>
      <div role="group" aria-label="Hosts by state" className="-ml-2 flex flex-wrap gap-x-1 gap-y-1">
        {bestFirst.map(({ state, hosts }) => {
          const { word, icon: Icon, tone } = componentStateLooks[state];
          const value = wordOfState(state);
          return (
            <button
              key={state}
              type="button"
              aria-pressed={chosen !== undefined && chosen === value}
              onClick={() => onChoose(chosen === value ? undefined : value)}
              className="inline-flex h-8 items-center gap-2 rounded-control px-2 text-table transition-colors hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:ring-2 aria-pressed:ring-accent aria-pressed:ring-inset max-md:h-10"
            >
              <span className={classes('size-2.5 rounded-full', solid[tone])} />
              <Icon aria-hidden className={classes('size-4', toneText[tone])} />
              {word}
              <span className="font-medium">{hosts}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}
