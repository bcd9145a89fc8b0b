import { setTimeout as after } from 'node:timers/promises';
import { InitLink, InitSilent } from '../init/index.ts';

const answerMs = 10_000;
/** Longer than a runtime may take, and the answer after it. */
const beginMs = 45_000;
/** So often an init that lives may drop the connection before one is old enough to be forgiven. */
const maxLosses = 4;
const forgivenAfterMs = 60_000;

/** The connection to the init of one sandbox: opened when it is needed, one at a time, its end noticed. */
export class Contact {
  readonly #home: string;
  readonly #onLost: (why: Error) => void;
  #link: Promise<InitLink> | undefined;
  #losses = 0;

  /** `onLost` is called when the connection ends and nobody has asked for that. */
  constructor(home: string, onLost: (why: Error) => void) {
    this.#home = home;
    this.#onLost = onLost;
  }

  /** Whether the init drops the connection again and again. */
  get isHopeless(): boolean {
    return this.#losses > maxLosses;
  }

  /** The connection that is, or a new one. Throws `LinkClosed`, `InitSilent`, `ProtocolViolation`. */
  get(): Promise<InitLink> {
    return this.#only(false);
  }

  /** A new one, to an init that is about to begin: that it never ran is no loss of a connection. */
  begin(): Promise<InitLink> {
    void this.drop();
    return this.#only(true);
  }

  /** That one, once its init must have begun: it gets as long to answer as any other. Throws as `get`. */
  async begun(): Promise<InitLink> {
    const answered = new AbortController();
    const { signal } = answered;
    const silence = after(answerMs, undefined, { signal, ref: false }).then(() => {
      void this.drop();
      throw new InitSilent('The sandbox does not answer.');
    });
    silence.catch(() => {});
    try {
      return await Promise.race([this.get(), silence]);
    } finally {
      answered.abort();
    }
  }

  /** Ends it. */
  async drop(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    const open = await link?.catch(() => undefined);
    open?.close();
  }

  #only(mayNotRun: boolean): Promise<InitLink> {
    if (this.#link) return this.#link;
    const link = this.#open(mayNotRun);
    this.#link = link;
    link.catch(() => {
      if (this.#link === link) this.#link = undefined;
    });
    return link;
  }

  async #open(mayNotRun: boolean): Promise<InitLink> {
    try {
      const link = await InitLink.open(this.#home, mayNotRun ? beginMs : answerMs);
      const openedAt = performance.now();
      void link.ended.then((why) => this.#ended(link, why, performance.now() - openedAt));
      return link;
    } catch (error) {
      // One that is merely slow is not to blame.
      if (!mayNotRun && !(error instanceof InitSilent)) this.#losses += 1;
      throw error;
    }
  }

  async #ended(link: InitLink, why: Error, lastedMs: number): Promise<void> {
    if ((await this.#link?.catch(() => undefined)) !== link) return;
    this.#link = undefined;
    this.#losses = lastedMs > forgivenAfterMs ? 1 : this.#losses + 1;
    this.#onLost(why);
  }
}
