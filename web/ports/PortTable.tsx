import { ExternalLink, Link2 } from 'lucide-react';
import type { ListeningPort } from '#proto/muster/v1/network_pb.js';
import { Button } from '../parts/Button.tsx';
import { Table, type Column } from '../parts/Table.tsx';

interface PortTableProps {
  readonly ports: readonly ListeningPort[];
  readonly refused: string | undefined;
  /** The port that is being opened. */
  readonly opening: number | undefined;
  readonly onOpen: (port: number) => void;
  readonly onLink: (port: number) => void;
}

/** The ports that something listens on. */
export function PortTable(props: PortTableProps) {
  return (
    <Table
      label="Ports"
      rows={props.ports}
      columns={columnsOf(props)}
      rowKey={({ port }) => String(port)}
      empty={null}
    />
  );
}

function columnsOf({ refused, opening, onOpen, onLink }: PortTableProps): readonly Column<ListeningPort>[] {
  return [
    {
      key: 'port',
      header: 'Port',
      heading: true,
      cell: ({ port }) => <span className="font-mono font-medium">{port}</span>,
    },
    {
      key: 'process',
      header: 'Process',
      cell: ({ process }) => process || <span className="text-ink-faint">unknown</span>,
    },
    {
      key: 'addresses',
      header: 'Listens on',
      className: 'w-full',
      cell: ({ addresses }) => <code className="text-code text-ink-muted">{addresses.join(', ')}</code>,
    },
    {
      key: 'actions',
      header: 'Links',
      align: 'end',
      cell: ({ port }) => (
        <span className="inline-flex gap-1.5">
          <Button
            small
            icon={Link2}
            disabledReason={refused}
            aria-label={`Link to port ${port}`}
            onClick={() => onLink(port)}
          >
            Link
          </Button>
          <Button
            small
            icon={ExternalLink}
            busy={opening === port}
            disabledReason={refused}
            aria-label={`Open port ${port}`}
            onClick={() => onOpen(port)}
          >
            Open
          </Button>
        </span>
      ),
    },
  ];
}
