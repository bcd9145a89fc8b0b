import { createContext, useContext, useSyncExternalStore } from 'react';
import { ServerClock } from './server-clock.ts';

export const ClockContext = createContext(new ServerClock());

/**
 * A value computed from the server's time, computed anew each second; the component renders only when it changes.
 * Answer a string, number or boolean.
 */
export function useTime<Value extends string | number | boolean>(compute: (nowMs: number) => Value): Value {
  const clock = useContext(ClockContext);
  return useSyncExternalStore(clock.subscribe, () => compute(clock.now()));
}
