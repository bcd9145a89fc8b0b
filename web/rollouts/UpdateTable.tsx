import { Link } from '@tanstack/react-router';
import { Unplug } from 'lucide-react';
import { UpdateState, type Rollout, type RolloutUpdate } from '#proto/muster/v1/rollout_pb.js';
import { Sha } from '../fleet/CommitLine.tsx';
import { Button } from '../parts/Button.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { Lasting, RelativeTime } from '../time/RelativeTime.tsx';
import { batchName, updateLooks } from './looks.ts';

/** A host, and below it which of several components and batches this is. */
const hostColumn = ({ components, batches }: Rollout): Column<RolloutUpdate> => ({
  key: 'host',
  header: 'Host',
  heading: true,
  cell: ({ hostId, hostName, component, batch }) => (
    <span className="flex min-w-0 flex-col">
      <Link {...paths.host(hostId)} className={rowLinkClasses}>
        {hostName}
      </Link>
      <span className="text-small whitespace-nowrap text-ink-muted">
        {[components.length > 1 && component, batches > 1 && batchName(batch)].filter(Boolean).join(' · ')}
      </span>
    </span>
  ),
});

/** How far it is, what runs there, and why. */
const updateColumns: readonly Column<RolloutUpdate>[] = [
  {
    key: 'state',
    header: 'State',
    heading: true,
    className: 'whitespace-nowrap',
    cell: ({ state, connected }) => (
      <span className="flex items-center gap-2">
        <StatusPill look={updateLooks[state]} />
        {!connected && (
          <span className="flex items-center gap-1 text-small text-ink-faint">
            <Unplug aria-hidden className="size-3.5" /> away
          </span>
        )}
      </span>
    ),
  },
  {
    key: 'runs',
    header: 'Runs',
    className: 'whitespace-nowrap',
    cell: ({ fromSha, runningSha }) => <Runs from={fromSha} running={runningSha} />,
  },
  {
    key: 'why',
    header: 'Heard',
    className: '@table:w-2/5 @table:max-w-0',
    cell: (update) => <Heard update={update} />,
  },
  {
    key: 'time',
    header: 'Took',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ startedAt, endedAt }) =>
      endedAt ? <RelativeTime at={endedAt} /> : startedAt ? <Lasting since={startedAt} /> : '–',
  },
];

function Runs({ from, running }: { from: string; running: string }) {
  const before = from === '' ? 'unknown' : <Sha sha={from} />;
  if (running === '' || running === from) return <span className="relative z-1 inline-flex min-w-max">{before}</span>;
  return (
    <span className="relative z-1 flex min-w-max items-baseline gap-1.5">
      <span className="inline-flex min-w-max text-ink-faint">{before}</span>
      <span aria-label="to">→</span>
      <Sha sha={running} />
    </span>
  );
}

function Heard({ update: { reason, lastLine, state } }: { update: RolloutUpdate }) {
  if (reason !== '')
    return (
      <span className={state === UpdateState.FAILED ? 'text-pretty text-wrong' : 'text-pretty text-ink-muted'}>
        {reason}
      </span>
    );
  if (lastLine === '') return <span className="text-ink-faint">–</span>;
  return (
    <code className="block min-w-0 truncate text-code text-ink-muted" title={lastLine}>
      {lastLine}
    </code>
  );
}

interface UpdateTableProps {
  readonly rollout: Rollout;
  /** Those of its updates that are shown. */
  readonly updates: readonly RolloutUpdate[];
  /** Shows the log of one host. */
  readonly onLog: (hostId: string) => void;
  readonly onClear: () => void;
}

type Shown = Pick<UpdateTableProps, 'rollout' | 'onLog'>;

const columnsOf = ({ rollout, onLog }: Shown): readonly Column<RolloutUpdate>[] => [
  hostColumn(rollout),
  ...updateColumns,
  {
    key: 'log',
    header: 'Log',
    align: 'end',
    cell: ({ hostId, hostName, startedAt }) =>
      startedAt ? (
        <Button small look="quiet" className="relative z-1" onClick={() => onLog(hostId)}>
          Log<span className="sr-only"> of {hostName}</span>
        </Button>
      ) : null,
  },
];

/** Every host of a rollout. */
export function UpdateTable({ rollout, updates, onLog, onClear }: UpdateTableProps) {
  return (
    <Table
      label="Hosts"
      rows={updates}
      columns={columnsOf({ rollout, onLog })}
      rowKey={({ hostId, component }) => `${hostId} ${component}`}
      empty={
        <p className="flex items-center gap-3 text-table text-ink-muted">
          No host is in this state now.
          <Button small onClick={onClear}>
            Show all hosts
          </Button>
        </p>
      }
    />
  );
}
