import { renameSync, writeFileSync } from 'node:fs';

/** A clock that some processes go by, as libfaketime reads it. */
export class ClockFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.set(0);
  }

  /** It jumps so far ahead of the true time, or back. */
  set(aheadSeconds: number): void {
    writeFileSync(`${this.path}.new`, `${aheadSeconds < 0 ? '-' : '+'}${Math.abs(aheadSeconds)}\n`);
    renameSync(`${this.path}.new`, this.path);
  }
}

/** What a process is started with to go by it. How long something takes, it measures as always. */
export const clockEnvironment = ({ path }: ClockFile): Readonly<Record<string, string>> => ({
  // The loader puts in the machine's own folder of libraries.
  LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1',
  FAKETIME_TIMESTAMP_FILE: path,
  FAKETIME_CACHE_DURATION: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});
