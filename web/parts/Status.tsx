import type { LucideIcon } from 'lucide-react';
import { createContext, useContext, type ReactNode } from 'react';
import type { Phase } from '../live/follow.ts';
import { classes } from './classes.ts';

/**
 * What a state means, the same on every page. `good` runs as it should; `attention` should be looked at; `wrong`
 * must be; `moving` is on its way; `unknown` cannot be told now; `idle` is at rest.
 */
export type Tone = 'good' | 'attention' | 'wrong' | 'moving' | 'unknown' | 'idle';

/** One state as people see it: always a word and a picture, never a colour alone. */
export interface StatusLook {
  readonly tone: Tone;
  readonly word: string;
  readonly icon: LucideIcon;
}

const pill: Record<Tone, string> = {
  good: 'bg-good-soft text-good',
  attention: 'bg-attention-soft text-attention',
  wrong: 'bg-wrong-soft text-wrong',
  moving: 'bg-moving-soft text-moving',
  unknown: 'bg-unknown-soft text-unknown hatched',
  idle: 'bg-unknown-soft text-unknown',
};

/** Fills for bars and legend squares. */
export const solid: Record<Tone, string> = {
  good: 'good-fill',
  attention: 'bg-attention-solid',
  wrong: 'bg-wrong-solid',
  moving: 'bg-moving-solid',
  unknown: 'bg-unknown-solid hatched-solid',
  idle: 'bg-unknown-solid',
};

export const toneText: Record<Tone, string> = {
  good: 'text-good',
  attention: 'text-attention',
  wrong: 'text-wrong',
  moving: 'text-moving',
  unknown: 'text-unknown',
  idle: 'text-unknown',
};

const Fresh = createContext(true);

/** Marks everything inside as live or as last known, by its stream's phase. What is not live is never green. */
export function Freshness({ phase, children, className }: { phase: Phase; children: ReactNode; className?: string }) {
  const live = phase === 'live' || phase === 'connecting';
  return (
    <Fresh value={live}>
      <div data-live={live ? undefined : 'no'} className={className}>
        {children}
      </div>
    </Fresh>
  );
}

/** A state as a pill. `breathing` for what is alive at this moment. */
export function StatusPill({
  look,
  breathing = false,
  className,
}: {
  look: StatusLook;
  breathing?: boolean;
  className?: string;
}) {
  const fresh = useContext(Fresh);
  const Icon = look.icon;
  const stale = !fresh && look.tone === 'good';
  return (
    <span
      title={stale ? `${look.word} when it was last heard of; the connection is broken at the moment` : undefined}
      className={classes(
        'inline-flex h-5.5 w-fit items-center gap-1.5 rounded-tag px-1.5 text-small font-medium whitespace-nowrap',
        pill[look.tone],
        stale && 'hatched',
        className,
      )}
    >
      {breathing && fresh ? (
        <Breathing />
      ) : (
        <Icon aria-hidden className={classes('size-3.5', look.tone === 'moving' && 'animate-turn')} />
      )}
      {look.word}
      {stale && <span className="sr-only"> (last known)</span>}
    </span>
  );
}

function Breathing() {
  return (
    <span aria-hidden className="relative mx-1 flex size-1.5">
      <span className="absolute inset-0 animate-breathe rounded-full bg-good-solid" />
      <span className="relative size-1.5 rounded-full bg-good-solid" />
    </span>
  );
}
