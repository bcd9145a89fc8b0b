import type { AgentReport } from './agent/report.ts';
import type { DataDir } from './data-dir/open.ts';
import type { Settings } from './settings.ts';
import type { Board } from './terminal/board.ts';

/** What every step of bringing Muster up works with. */
export interface BringUp {
  readonly settings: Settings;
  readonly dataDir: DataDir;
  readonly board: Board;
  /** What the host's agent tells. */
  readonly agent: AgentReport;
  /** Aborted by Ctrl-C; every wait ends then. */
  readonly signal: AbortSignal;
  /** What has been started, to be stopped in the opposite order. */
  readonly started: AsyncDisposableStack;
}

/** A length of time for a line on the board, begun now. */
export function stopwatch(): () => string {
  const begin = performance.now();
  return () => `${((performance.now() - begin) / 1000).toFixed(1)} s`;
}
