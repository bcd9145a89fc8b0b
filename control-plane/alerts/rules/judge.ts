import type { Kind } from './kinds.ts';
import type { Look, Sighting } from './look.ts';
import type { AlertRule } from './rule.ts';

/** What a rule has seen of a subject, from sample to sample. */
export interface Condition {
  readonly subject: string;
  readonly since: Date;
  /** Samples in a row, counted no further than needed. */
  readonly seen: number;
  readonly missed: number;
  /** Null while it waits for its second sample, or its time. */
  readonly alertId: string | null;
}

/** The moment of a sample. */
export interface Sample {
  readonly at: Date;
  /** Nobody looked for so long that what waits begins anew. */
  readonly interrupted: boolean;
}

/** What a sample makes of a rule's conditions. */
export interface Judgement {
  /** Those that stay or are new, and differ from before. */
  readonly changed: readonly Condition[];
  /** Subjects that are forgotten. */
  readonly dropped: readonly string[];
  /** What begins to fire. */
  readonly fired: readonly Sighting[];
  /** What fires no more. */
  readonly left: readonly Condition[];
}

/** In so many samples one after the other it has to be gone before it is over. */
const missesToLeave = 2;

/**
 * Compares what a rule sees with what it saw before. A pure function. Something fires when it was seen in enough samples
 * in a row and has lasted for the rule's time, and is over when it was not seen in two.
 */
export function judgeRule(
  { holdMs }: Pick<AlertRule, 'holdMs'>,
  { samples }: Pick<Kind, 'samples'>,
  { seen, undecided }: Look,
  before: readonly Condition[],
  { at, interrupted }: Sample,
): Judgement {
  const known = new Map(before.map((condition) => [condition.subject, condition]));
  const changed: Condition[] = [];
  const fired: Sighting[] = [];
  for (const sighting of seen) {
    const previous = known.get(sighting.subject);
    const fires = previous !== undefined && previous.alertId !== null;
    const base = previous && (fires || !interrupted) ? previous : undefined;
    const now: Condition = {
      subject: sighting.subject,
      since: sighting.since ?? base?.since ?? at,
      seen: Math.min((base?.seen ?? 0) + 1, samples),
      missed: 0,
      alertId: previous?.alertId ?? null,
    };
    if (!fires && now.seen >= samples && at.getTime() - now.since.getTime() >= holdMs) fired.push(sighting);
    if (!previous || !same(previous, now)) changed.push(now);
  }
  const present = new Set(seen.map(({ subject }) => subject));
  const absent = before.filter(({ subject }) => !present.has(subject) && !undecided.has(subject));
  const missed = absent.map((condition) => ({ ...condition, seen: 0, missed: condition.missed + 1 }));
  const gone = missed.filter((condition) => condition.alertId === null || condition.missed >= missesToLeave);
  return {
    changed: [...changed, ...missed.filter((condition) => !gone.includes(condition))],
    dropped: gone.map(({ subject }) => subject),
    fired,
    left: gone.filter(({ alertId }) => alertId !== null),
  };
}

const same = (one: Condition, other: Condition): boolean =>
  one.since.getTime() === other.since.getTime() && one.seen === other.seen && one.missed === other.missed;
