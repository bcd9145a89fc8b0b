import type { ServerClock } from '../time/server-clock.ts';
import { follow, type Feed, type Followed } from './follow.ts';
import { paced } from './paced.ts';

type Listener = () => void;

/** One stream and those who look at it. */
interface Channel {
  followed: Followed<unknown>;
  readonly listeners: Set<Listener>;
  readonly start: () => void;
  readonly stop: () => void;
  running: boolean;
  leaving: ReturnType<typeof setTimeout> | undefined;
}

const connecting: Followed<never> = {
  phase: 'connecting',
  state: undefined,
  brokenSinceMs: undefined,
  error: undefined,
};

/** A stream outlives its last reader by this much, so that going from page to page does not open it anew. */
const lingerMs = 2000;
/** Of a burst of messages, the first is drawn at once and the others together after so long: drawing costs more than a message. */
const drawMs = 100;
/** A hidden tab gives its streams back after this, and opens none: on HTTP/1.1 all tabs of an origin share six connections. */
const hiddenMs = 5000;

/** Shares streams between the components that read them. One per signed-in document. */
export class LiveHub {
  #channels = new Map<string, Channel>();
  #watchers = new Set<Listener>();
  #wake = new EventTarget();
  #hidden: ReturnType<typeof setTimeout> | undefined;
  #clock: ServerClock;
  #onRefused: (error: unknown) => void;

  /** `onRefused` hears of streams that the server will not give: most often because the session has ended. */
  constructor(clock: ServerClock, onRefused: (error: unknown) => void) {
    this.#clock = clock;
    this.#onRefused = onRefused;
    window.addEventListener('online', () => this.#wake.dispatchEvent(new Event('wake')));
    document.addEventListener('visibilitychange', () => this.#visibilityChanged());
  }

  /** Whether any stream that somebody looks at is broken. */
  broken = (): boolean => [...this.#channels.values()].some((channel) => channel.followed.phase === 'broken');

  /** Tells whenever `broken` may have changed. */
  subscribe = (listener: Listener): (() => void) => {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  };

  read<Event, State>(feed: Feed<Event, State>): Followed<State> {
    // The key names the feed, and with it the type of its state.
    return (this.#channels.get(feed.key)?.followed ?? connecting) as Followed<State>;
  }

  watch<Event, State>(feed: Feed<Event, State>, listener: Listener): () => void {
    const channel = this.#channels.get(feed.key) ?? this.#open(feed);
    clearTimeout(channel.leaving);
    channel.listeners.add(listener);
    return () => {
      channel.listeners.delete(listener);
      if (channel.listeners.size > 0) return;
      channel.leaving = setTimeout(() => this.#close(feed.key), lingerMs);
    };
  }

  #open<Event, State>(feed: Feed<Event, State>): Channel {
    let stop = new AbortController();
    const tell = paced(() => this.#tell(channel), drawMs);
    const channel: Channel = {
      followed: connecting,
      listeners: new Set(),
      running: false,
      leaving: undefined,
      start: () => {
        if (channel.running) return;
        channel.running = true;
        stop = new AbortController();
        void follow(feed, {
          signal: stop.signal,
          wait: (ms, signal) => this.#wait(ms, signal),
          onServerTime: (ms) => this.#clock.observe(ms),
          onChange: (followed) => {
            // After a pause the new run knows no state yet: the last one stays on the page, marked as broken.
            const state = followed.state ?? channel.followed.state;
            channel.followed = { ...followed, state };
            if (followed.phase === 'refused') this.#onRefused(followed.error);
            tell();
          },
        });
      },
      stop: () => {
        channel.running = false;
        stop.abort();
      },
    };
    this.#channels.set(feed.key, channel);
    if (document.visibilityState !== 'hidden') channel.start();
    return channel;
  }

  #close(key: string): void {
    this.#channels.get(key)?.stop();
    this.#channels.delete(key);
    this.#watchers.forEach((tell) => tell());
  }

  #tell(channel: Channel): void {
    channel.listeners.forEach((tell) => tell());
    this.#watchers.forEach((tell) => tell());
  }

  #visibilityChanged(): void {
    clearTimeout(this.#hidden);
    if (document.visibilityState === 'hidden') {
      this.#hidden = setTimeout(() => this.#channels.forEach((channel) => this.#rest(channel)), hiddenMs);
    } else {
      this.#wake.dispatchEvent(new Event('wake'));
      this.#channels.forEach((channel) => channel.start());
    }
  }

  #rest(channel: Channel): void {
    channel.stop();
    if (channel.followed.phase === 'live')
      channel.followed = { ...channel.followed, phase: 'broken', brokenSinceMs: Date.now() };
    this.#tell(channel);
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake.removeEventListener('wake', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake.addEventListener('wake', done);
      signal.addEventListener('abort', done);
    });
  }
}
