import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Run, RunLog } from './run-log.ts';

export const RunLogContext = createContext<RunLog | undefined>(undefined);

/** The commands run in a sandbox from this console, and the log that runs more. */
export function useRuns(sandboxId: string): { runs: readonly Run[]; log: RunLog } {
  const log = useContext(RunLogContext);
  if (log === undefined) throw new Error('This component must stand inside the RunLogContext.');
  return { log, runs: useSyncExternalStore(log.subscribe, () => log.runs(sandboxId)) };
}
