import { useMutation } from '@connectrpc/connect-query';
import { Link } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { AlertService, DeliveryState, type Delivery } from '#proto/muster/v1/alert_pb.js';
import { Button } from '../parts/Button.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { StatusPill } from '../parts/Status.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { useReport, useTell } from '../problems/useReport.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { deliveryLooks, eventWords } from './states.ts';

/** What was sent, waits, or was given up. */
export const DeliveryTable = ({ deliveries, empty }: { deliveries: readonly Delivery[]; empty: ReactNode }) => (
  <Table label="Deliveries" rows={deliveries} columns={columns} rowKey={({ id }) => id} empty={empty} />
);

const columns: readonly Column<Delivery>[] = [
  {
    key: 'title',
    header: 'What',
    heading: true,
    className: 'w-[38%]',
    cell: ({ alertId, title }) =>
      alertId === '' ? (
        <span className="wrap-anywhere">{title}</span>
      ) : (
        <Link {...paths.alert({ over: 'shown' }, alertId)} className={`${inlineLinkClasses} wrap-anywhere`}>
          {title}
        </Link>
      ),
  },
  { key: 'state', header: 'State', heading: true, cell: ({ state }) => <StatusPill look={deliveryLooks[state]} /> },
  {
    key: 'event',
    header: 'Tells',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ event }) => eventWords[event],
  },
  {
    key: 'channel',
    header: 'Channel',
    cell: ({ channelName, channelId, recipient }) => (
      <span className="flex flex-col gap-0.5 py-0.5">
        <span className="wrap-anywhere">
          {channelName}
          {channelId === '' && <span className="text-ink-faint"> (removed)</span>}
        </span>
        {recipient !== '' && <span className="text-small wrap-anywhere text-ink-muted">{recipient}</span>}
      </span>
    ),
  },
  {
    key: 'when',
    header: 'When',
    className: 'text-ink-muted',
    cell: (delivery) => <When delivery={delivery} />,
  },
  { key: 'again', header: 'Again', align: 'end', cell: (delivery) => <AgainButton delivery={delivery} /> },
];

function When({
  delivery: { state, attempts, lastError, createdAt, nextAttemptAt, deliveredAt },
}: {
  delivery: Delivery;
}) {
  if (state === DeliveryState.DELIVERED) return <RelativeTime at={deliveredAt} className="whitespace-nowrap" />;
  return (
    <span className="flex flex-col gap-0.5 py-0.5">
      {lastError !== '' && <span className="text-wrong">{lastError}</span>}
      <span className="text-small">
        {attempts} {attempts === 1 ? 'attempt' : 'attempts'} since <RelativeTime at={createdAt} />
        {nextAttemptAt && (
          <>
            , next <RelativeTime at={nextAttemptAt} />
          </>
        )}
      </span>
    </span>
  );
}

function AgainButton({ delivery }: { delivery: Delivery }) {
  const retry = useMutation(AlertService.method.retryDelivery);
  const queries = useQueryClient();
  const [tell, report] = [useTell(), useReport()];
  const again = async () => {
    try {
      await retry.mutateAsync({ deliveryId: delivery.id });
      tell(`It is sent again to ${delivery.channelName}.`);
      await queries.invalidateQueries();
    } catch (error) {
      report(error);
    }
  };
  return (
    <Button
      small
      icon={RotateCw}
      busy={retry.isPending}
      disabledReason={delivery.channelId === '' ? 'Its channel was removed.' : undefined}
      onClick={() => void again()}
    >
      Send again
    </Button>
  );
}
