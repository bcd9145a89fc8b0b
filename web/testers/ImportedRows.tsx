import { CircleCheck, CircleDashed, CircleHelp, CircleX } from 'lucide-react';
import { ImportedRowState, type ImportedRow } from '#proto/muster/v1/tester_pb.js';
import { StatusPill, type StatusLook } from '../parts/Status.tsx';
import { Table, type Column } from '../parts/Table.tsx';

const looks: Record<ImportedRowState, StatusLook> = {
  [ImportedRowState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleHelp },
  [ImportedRowState.NEW]: { tone: 'good', word: 'New', icon: CircleCheck },
  [ImportedRowState.EXISTS]: { tone: 'idle', word: 'Tester already', icon: CircleDashed },
  [ImportedRowState.WRONG]: { tone: 'wrong', word: 'Problem', icon: CircleX },
};

const columns: readonly Column<ImportedRow>[] = [
  { key: 'name', header: 'Name', heading: true, className: 'wrap-anywhere', cell: ({ name }) => name },
  { key: 'state', header: 'State', heading: true, cell: ({ state }) => <StatusPill look={looks[state]} /> },
  {
    key: 'email',
    header: 'Email',
    className: 'wrap-anywhere',
    cell: ({ email, problems }) => (
      <span className="flex min-w-0 flex-col">
        {email}
        {problems.map((problem) => (
          <span key={problem} className="text-small text-wrong">
            {problem}
          </span>
        ))}
      </span>
    ),
  },
  { key: 'line', header: 'Line', align: 'end', className: 'text-ink-faint', cell: ({ line }) => line },
];

/** The rows of a CSV, those with problems first. */
export function ImportedRows({ rows }: { rows: readonly ImportedRow[] }) {
  const isWrong = ({ state }: ImportedRow) => (state === ImportedRowState.WRONG ? 0 : 1);
  const sorted = rows.toSorted((one, other) => isWrong(one) - isWrong(other));
  return <Table label="Rows" rows={sorted} columns={columns} rowKey={({ line }) => String(line)} empty={null} />;
}
