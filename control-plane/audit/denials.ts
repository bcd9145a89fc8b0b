import type { By, Use } from './tally.ts';

/** So many denied attempts of one credential within a minute have rows of their own; more are told together. */
const mostOwnRows = 100;

/** Keeps who tries thing after thing from writing rows without an end. */
export interface Denials {
  /** A new attempt as it is written down: beyond what has rows of its own its target is a detail, so that rows are shared. */
  fold(by: By, use: Use, now: number): Use;
  /** Forgets what is over. */
  sweep(now: number): void;
}

/** Counts for this replica alone. */
export function countDenials(windowMs: number): Denials {
  const windows = new Map<string, { readonly endsAt: number; rows: number }>();
  return {
    fold({ caller }, use, now) {
      if (use.denied === undefined) return use;
      const key = `${caller.actor} ${caller.credentialId}`;
      const known = windows.get(key);
      const window = known && known.endsAt > now ? known : { endsAt: now + windowMs, rows: 0 };
      windows.set(key, window);
      window.rows += 1;
      const { target, ...rest } = use;
      if (window.rows <= mostOwnRows || target === undefined) return use;
      return { ...rest, target: undefined, details: { ...use.details, target } };
    },
    sweep(now) {
      for (const [key, { endsAt }] of windows) if (endsAt <= now) windows.delete(key);
    },
  };
}
