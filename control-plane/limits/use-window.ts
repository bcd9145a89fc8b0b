/** Into how many parts a window is cut: what is used comes back at most one of them late. */
export const partsPerWindow = 60;

/** How long a part of a window lasts. */
export const partMsOf = (windowMs: number): number => Math.ceil(windowMs / partsPerWindow);

/** The uses of a sliding window, on all replicas, as the database said at a moment. */
export interface UseWindow {
  readonly partMs: number;
  /** By parts of the window, the newest first. */
  readonly counts: readonly number[];
  /** When the newest part began, in milliseconds of the reader's clock. */
  readonly beganAt: number;
}

/** When the uses of a part are a whole window old, however late in it they were. */
const leavesAt = ({ partMs, beganAt }: UseWindow, part: number): number =>
  beganAt + (partsPerWindow + 1 - part) * partMs;

/** How many uses are still in the window. */
export const usedAt = (window: UseWindow, now: number): number =>
  window.counts.reduce((sum, count, part) => (leavesAt(window, part) > now ? sum + count : sum), 0);

/** How long until no more than so many are left in the window; 0 where that is so now. */
export function untilAtMost(window: UseWindow, most: number, now: number): number {
  let used = usedAt(window, now);
  for (let part = window.counts.length - 1; used > most && part >= 0; part -= 1) {
    const leaves = leavesAt(window, part);
    if (leaves <= now) continue;
    used -= window.counts[part] ?? 0;
    if (used <= most) return leaves - now;
  }
  return 0;
}
