/** What is asked may take this part of the time: what takes 100 ms is asked every 2 s. */
const share = 0.05;
/** However long it takes, what it said is no older than this. */
const longestMs = 30_000;

/** How long what has just been asked is left alone, in milliseconds. */
export const restAfter = (tookMs: number): number => Math.min(tookMs / share, longestMs);
