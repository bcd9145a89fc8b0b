import { Link } from '@tanstack/react-router';
import { Ellipsis, Radio, ScrollText, Skull, SquareTerminal } from 'lucide-react';
import type { Process } from '#proto/muster/v1/process_pb.js';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { IconButton } from '../parts/Button.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { isSession } from '../terminal/sessions.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { commandLine, isRunning, kindOf, processLook, processName } from './words.ts';

export type ProcessAct = 'open' | 'signal' | 'kill';

interface ProcessTableProps {
  readonly sandboxId: string;
  readonly processes: readonly Process[];
  readonly refused: string | undefined;
  readonly onAct: (act: ProcessAct, process: Process) => void;
}

/** The processes that were started through Muster. */
export function ProcessTable(props: ProcessTableProps) {
  return (
    <Table label="Processes" rows={props.processes} columns={columnsOf(props)} rowKey={({ id }) => id} empty={null} />
  );
}

function columnsOf({ sandboxId, refused, onAct }: ProcessTableProps): readonly Column<Process>[] {
  return [
    {
      key: 'command',
      header: 'Command',
      heading: true,
      className: 'max-w-0 w-2/5 @max-table:max-w-none @max-table:pr-10!',
      cell: (process) => (
        <span className="flex min-w-0 flex-col">
          <ProcessLink sandboxId={sandboxId} process={process} />
          {commandLine(process) !== processName(process) && (
            <code className="truncate text-small text-ink-faint" title={commandLine(process)}>
              {commandLine(process)}
            </code>
          )}
        </span>
      ),
    },
    { key: 'pid', header: 'PID', align: 'end', cell: ({ pid }) => String(pid) },
    { key: 'user', header: 'User', cell: ({ user }) => user || 'root' },
    {
      key: 'started',
      header: 'Started',
      cell: ({ startedAt }) => <RelativeTime at={startedAt} className="whitespace-nowrap" />,
    },
    { key: 'kind', header: 'Kind', cell: (process) => kindOf(process) },
    {
      key: 'state',
      header: 'State',
      cell: (process) => <StatusPill look={processLook(process)} breathing={isRunning(process)} />,
    },
    {
      key: 'actions',
      header: 'Actions',
      align: 'end',
      heading: true,
      className: 'relative z-1 w-12 @max-table:absolute @max-table:top-3.5 @max-table:right-3',
      cell: (process) => {
        const over = isRunning(process) ? refused : 'It has ended.';
        return (
          <ActionMenu
            trigger={
              <IconButton
                label={`What to do with ${processName(process)}`}
                icon={Ellipsis}
                className="-my-1.5 align-middle"
              />
            }
            actions={[
              {
                label: isSession(process) ? 'Open its terminal' : 'Show its output',
                icon: isSession(process) ? SquareTerminal : ScrollText,
                onSelect: () => onAct('open', process),
                disabledReason: process.detached ? undefined : 'Only its caller reads what it writes.',
              },
              { label: 'Send a signal', icon: Radio, onSelect: () => onAct('signal', process), disabledReason: over },
              {
                label: 'Kill',
                icon: Skull,
                destructive: true,
                onSelect: () => onAct('kill', process),
                disabledReason: over,
              },
            ]}
          />
        );
      },
    },
  ];
}

/** Leads to what it writes. What a Run writes goes to its caller alone. */
function ProcessLink({ sandboxId, process }: { sandboxId: string; process: Process }) {
  const name = processName(process);
  if (!process.detached) return <span className="truncate font-medium">{name}</span>;
  const to = isSession(process) ? paths.sandboxTerminal : paths.sandboxProcesses;
  return (
    <Link {...to(sandboxId, process.id)} className={`${rowLinkClasses} truncate`}>
      {name}
    </Link>
  );
}
