import { constants } from 'node:os';
import type { Closed } from '../init/index.ts';
import type { ProcessExit } from './types.ts';

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** How a process ended, in the words that people use. */
export function exitOf({ code, signal, timedOut, durationMs }: Closed): ProcessExit {
  return { code, signal: signal === 0 ? '' : (signalNames.get(signal) ?? `SIG${signal}`), timedOut, durationMs };
}

/** The number of a signal that has a name. */
export function signalNumber(name: string): number {
  const number = Object.entries(constants.signals).find(([known]) => known === name)?.[1];
  if (number === undefined) throw new RangeError(`${name} is no signal.`); // the contract lists those that are
  return number;
}
