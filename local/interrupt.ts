import type { Screen } from './terminal/board.ts';

/** Aborted by the first Ctrl-C (or SIGTERM). Further ones change nothing: what is being written is written. */
export function interruption(screen: Screen): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (!controller.signal.aborted) return controller.abort();
    screen.write('Stopping already: sandboxes are being paused and data written. One moment …\n');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  return controller.signal;
}
