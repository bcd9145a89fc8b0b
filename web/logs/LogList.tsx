import type { Log } from '#proto/muster/v1/log_pb.js';
import { classes } from '../parts/classes.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { logKey, logName } from './log-text.ts';

interface LogListProps {
  readonly logs: readonly Log[];
  readonly chosen: string;
  readonly onChoose: (key: string) => void;
}

/** Whose logs there are. */
export function LogList({ logs, chosen, onChoose }: LogListProps) {
  return (
    <ul aria-label="Logs" className="flex flex-col gap-0.5 max-lg:max-h-56 max-lg:overflow-y-auto">
      {logs.map((log) => (
        <li key={logKey(log)}>
          <button
            type="button"
            aria-pressed={logKey(log) === chosen}
            onClick={() => onChoose(logKey(log))}
            className="flex w-full flex-col rounded-control px-2.5 py-1.5 text-left text-table transition-colors -outline-offset-2! hover:bg-hover aria-pressed:bg-accent-soft"
          >
            <span className={classes('w-full truncate font-medium', log.processId !== '' && 'font-mono text-code')}>
              {logName(log)}
            </span>
            <span className="text-small text-ink-faint">{stateOf(log)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function stateOf(log: Log) {
  if (log.processId === '') return 'what its runtime and its init wrote';
  const what = log.ended ? `ended with ${log.exitCode}, began` : 'runs, began';
  return (
    <>
      {what} <RelativeTime at={log.startedAt} />
    </>
  );
}
