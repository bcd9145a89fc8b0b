import { Code, ConnectError } from '@connectrpc/connect';
import { backoffMs } from './backoff.ts';

/** A stream whose messages add up to a state: a snapshot, then changes. */
export interface Feed<Event, State> {
  /** Equal keys are the same stream. */
  readonly key: string;
  readonly open: (signal: AbortSignal, before: State | undefined) => AsyncIterable<Event>;
  /** For streams that can go on where the last one broke: what that came to is where the next begins. */
  readonly resumes?: true;
  /** Called for each message. A message that changes nothing answers the same state. */
  readonly reduce: (state: State | undefined, event: Event) => State | undefined;
  /** The server's time in a message, where it has one. */
  readonly serverTimeMs?: (event: Event) => number | undefined;
  /** For streams that promise no word every 15 s: how long they may be silent. */
  readonly silenceMs?: number;
  /** For streams that the server ends because nothing more will change: whether the state is such a last one. */
  readonly isOver?: (state: State) => boolean;
}

/**
 * - `connecting`: opened for the first time.
 * - `live`: what is shown is what is.
 * - `broken`: what is shown was true once; it is being opened again.
 * - `refused`: the server said no; trying again would not help.
 */
export type Phase = 'connecting' | 'live' | 'broken' | 'refused';

export interface Followed<State> {
  readonly phase: Phase;
  readonly state: State | undefined;
  /** When it became `broken`, by the browser's clock. */
  readonly brokenSinceMs: number | undefined;
  readonly error: unknown;
}

export interface FollowOptions<State> {
  readonly signal: AbortSignal;
  readonly onChange: (followed: Followed<State>) => void;
  readonly onServerTime?: (ms: number) => void;
  /** Resolves when it is time to try again: after the delay, or earlier when the network is back. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A stream that says nothing for so long is dead, unless its feed knows better; the server promises a word every 15 s. */
  readonly silenceMs?: number;
}

/** Messages that come together are handled in one go; after so long, and after a pause, the page is drawn before the next. */
const longestMs = 12;

const finalCodes = new Set([
  Code.Unauthenticated,
  Code.PermissionDenied,
  Code.NotFound,
  Code.InvalidArgument,
  Code.FailedPrecondition,
]);

/** Keeps a stream open until the signal: opens it again, with backoff, whenever it ends, fails or falls silent. */
export async function follow<Event, State>(feed: Feed<Event, State>, options: FollowOptions<State>): Promise<void> {
  const { signal, onChange, wait } = options;
  const silenceMs = feed.silenceMs ?? options.silenceMs ?? 35_000;
  let followed: Followed<State> = { phase: 'connecting', state: undefined, brokenSinceMs: undefined, error: undefined };
  const change = (next: Partial<Followed<State>>) => {
    followed = { ...followed, ...next };
    onChange(followed);
  };
  let failures = 0;
  while (!signal.aborted) {
    const connection = new AbortController();
    const hangUp = () => connection.abort();
    signal.addEventListener('abort', hangUp);
    let silence = setTimeout(hangUp, silenceMs);
    let error: unknown;
    try {
      // Where it does not go on, each connection begins anew: its snapshot replaces what the last one knew.
      let beganMs = performance.now();
      let fresh = feed.resumes ? followed.state : undefined;
      for await (const event of feed.open(connection.signal, fresh)) {
        clearTimeout(silence);
        silence = setTimeout(hangUp, silenceMs);
        const at = feed.serverTimeMs?.(event);
        if (at !== undefined) options.onServerTime?.(at);
        fresh = feed.reduce(fresh, event);
        if (fresh === undefined || signal.aborted) continue;
        failures = 0;
        if (followed.phase !== 'live' || followed.state !== fresh)
          change({ phase: 'live', state: fresh, brokenSinceMs: undefined, error: undefined });
        if (performance.now() - beganMs > longestMs) {
          await new Promise((resolve) => setTimeout(resolve));
          beganMs = performance.now();
        }
      }
    } catch (cause) {
      error = cause;
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', hangUp);
      connection.abort();
    }
    if (signal.aborted) return;
    if (
      error === undefined &&
      followed.phase === 'live' &&
      followed.state !== undefined &&
      feed.isOver?.(followed.state)
    )
      return;
    if (error instanceof ConnectError && finalCodes.has(error.code)) return change({ phase: 'refused', error });
    change({ phase: 'broken', brokenSinceMs: followed.brokenSinceMs ?? Date.now(), error });
    failures += 1;
    await wait(backoffMs(failures, Math.random()), signal);
  }
}
