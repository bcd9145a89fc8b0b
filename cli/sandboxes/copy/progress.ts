import { trimmed } from '../../output/size.ts';
import type { Output } from '../../surroundings.ts';

const everyMs = 200;
const mebibyte = 1024 * 1024;

/** Tells a person how far a copy is: one line that is written over. Says nothing where nobody reads along. */
export class Progress {
  readonly #output: Output;
  readonly #beganMs = performance.now();
  #files = 0;
  #bytes = 0;
  #known = 0;
  #shownMs = -everyMs;
  #width = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** So many bytes are to be copied, besides those known before. */
  expect(bytes: number): void {
    this.#known += bytes;
  }

  /** So many have been; fewer than none where some have to be sent again. */
  moved(bytes: number): void {
    this.#bytes += bytes;
    if (performance.now() - this.#shownMs >= everyMs) this.#show();
  }

  fileDone(): void {
    this.#files += 1;
  }

  /** A line that stays. */
  say(line: string): void {
    this.#clear();
    this.#output.write(`${line}\n`);
  }

  /** What was copied, for the end. */
  summary(): string {
    const seconds = (performance.now() - this.#beganMs) / 1000;
    const size = trimmed(this.#bytes / mebibyte);
    return `${this.#files} ${this.#files === 1 ? 'file' : 'files'}, ${size} MiB, ${trimmed(this.#bytes / mebibyte / seconds)} MiB/s`;
  }

  /** Takes the line away. */
  end(): void {
    this.#clear();
  }

  #show(): void {
    this.#shownMs = performance.now();
    if (!this.#output.isTTY) return;
    const share = this.#known > 0 ? `${Math.floor((100 * this.#bytes) / this.#known)} %, ` : '';
    const line = `${share}${this.summary()}`;
    this.#output.write(`\r${line.padEnd(this.#width)}`);
    this.#width = line.length;
  }

  #clear(): void {
    if (this.#width > 0) this.#output.write(`\r${' '.repeat(this.#width)}\r`);
    this.#width = 0;
  }
}
