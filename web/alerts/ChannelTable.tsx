import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Pencil, Send, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { AlertService, DeliveryState, type Channel } from '#proto/muster/v1/alert_pb.js';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { Button, IconButton } from '../parts/Button.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { useReport, useTell } from '../problems/useReport.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { channelLooks } from './states.ts';

interface ChannelTableProps {
  readonly channels: readonly Channel[];
  readonly empty: ReactNode;
  readonly onChange: (channel: Channel) => void;
  readonly onRemove: (channel: Channel) => void;
}

/** All channels, each with how it is doing and a way to try it. */
export const ChannelTable = ({ channels, empty, ...acts }: ChannelTableProps) => (
  <Table label="Channels" rows={channels} columns={columns(acts)} rowKey={({ id }) => id} empty={empty} />
);

const columns = ({
  onChange,
  onRemove,
}: Pick<ChannelTableProps, 'onChange' | 'onRemove'>): readonly Column<Channel>[] => [
  {
    key: 'name',
    header: 'Channel',
    heading: true,
    cell: ({ name, kind }) => {
      const { word, icon: Icon } = channelLooks[kind];
      return (
        <span className="flex flex-col gap-0.5 py-0.5">
          <span className="font-medium wrap-anywhere">{name}</span>
          <span className="inline-flex items-center gap-1.5 text-small text-ink-muted">
            <Icon aria-hidden className="size-3.5" />
            {word}
          </span>
        </span>
      );
    },
  },
  {
    key: 'target',
    header: 'Leads to',
    className: 'max-w-72',
    cell: ({ target }) => <span className="font-mono text-code wrap-anywhere text-ink-muted">{target}</span>,
  },
  {
    key: 'delivered',
    header: 'Delivered',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ deliveredAt }) => (deliveredAt ? <RelativeTime at={deliveredAt} /> : 'nothing yet'),
  },
  {
    key: 'problem',
    header: 'Problem',
    cell: ({ lastError, waiting, dead }) => (
      <span className="flex flex-col gap-0.5">
        {lastError !== '' && <span className="text-wrong">{lastError}</span>}
        {(waiting > 0 || dead > 0) && (
          <span className="text-small text-ink-muted">
            {[waiting > 0 && `${waiting} waiting`, dead > 0 && `${dead} given up`].filter(Boolean).join(', ')}
          </span>
        )}
        {lastError === '' && waiting === 0 && dead === 0 && <span className="text-ink-faint">none</span>}
      </span>
    ),
  },
  {
    key: 'actions',
    header: 'Actions',
    align: 'end',
    cell: (channel) => (
      <span className="inline-flex items-center gap-1">
        <TestButton channel={channel} />
        <ActionMenu
          trigger={<IconButton label={`More for ${channel.name}`} icon={Ellipsis} />}
          actions={[
            { label: 'Change', icon: Pencil, onSelect: () => onChange(channel) },
            { label: 'Remove', icon: Trash2, destructive: true, onSelect: () => onRemove(channel) },
          ]}
        />
      </span>
    ),
  },
];

/** Sends a test at once and says what became of it. */
function TestButton({ channel }: { channel: Channel }) {
  const test = useMutation(AlertService.method.testChannel);
  const queries = useQueryClient();
  const [tell, report] = [useTell(), useReport()];
  const send = async () => {
    try {
      const { deliveries } = await test.mutateAsync({ channelId: channel.id });
      const failed = deliveries.find(({ state }) => state !== DeliveryState.DELIVERED);
      if (failed) report(new Error(`${channel.name}: ${failed.lastError}`));
      else tell(`${channel.name} took the test message.`);
      await queries.invalidateQueries();
    } catch (error) {
      report(error);
    }
  };
  return (
    <Button small icon={Send} busy={test.isPending} aria-label={`Test ${channel.name}`} onClick={() => void send()}>
      Test
    </Button>
  );
}
