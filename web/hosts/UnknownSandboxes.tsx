import { useQuery } from '@connectrpc/connect-query';
import { useState } from 'react';
import { HostService, UnknownSandboxDecision, type Host, type UnknownSandbox } from '#proto/muster/v1/host_pb.js';
import { Button } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { Section } from '../parts/Page.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { SettleUnknownDialog, type UnknownToSettle } from './SettleUnknownDialog.tsx';

/** Asked for again so often: they are few, and seldom. */
const everyMs = 5000;

const columns = (onSettle: (settled: UnknownToSettle) => void): Column<UnknownSandbox>[] => [
  { key: 'id', header: 'Id', heading: true, cell: ({ sandboxId }) => <CopyText text={sandboxId} label="the id" /> },
  {
    key: 'seen',
    header: 'First seen',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ firstSeenAt }) => <RelativeTime at={firstSeenAt} />,
  },
  { key: 'note', header: 'What was done', className: 'text-ink-muted', cell: ({ note }) => note },
  {
    key: 'settle',
    header: 'Decide',
    align: 'end',
    cell: (sandbox) => (
      <span className="inline-flex gap-2">
        {!sandbox.releasedAt && (
          <Button small onClick={() => onSettle({ sandbox, decision: UnknownSandboxDecision.RELEASE })}>
            Let go on
          </Button>
        )}
        <Button
          small
          look="dangerQuiet"
          onClick={() => onSettle({ sandbox, decision: UnknownSandboxDecision.DESTROY })}
        >
          Destroy
        </Button>
      </span>
    ),
  },
];

/** What a host runs and the database does not know, for platform admins to decide about. Nothing most of the time. */
export function UnknownSandboxes({ host }: { host: Host }) {
  const { platformAdmin } = useCaller();
  const [settled, setSettled] = useState<UnknownToSettle>();
  const list = useQuery(
    HostService.method.listUnknownSandboxes,
    { hostId: host.id, pageSize: 1000 },
    { enabled: platformAdmin, refetchInterval: everyMs },
  );
  const { sandboxes = [], notListed = 0 } = list.data ?? {};
  return (
    <>
      {(sandboxes.length > 0 || notListed > 0) && (
        <Section title="Unknown sandboxes">
          <p className="text-table text-ink-muted">
            This host has them, and the database does not know them, most likely because an older one was restored. Each
            stays frozen until it is let go on or destroyed; one that was let go on belongs to nobody.
          </p>
          {notListed > 0 && (
            <p className="text-table text-ink-muted">
              It names {notListed.toLocaleString('en')} more, which are not listed. So many are no accident: look at its
              agent, and delete the host if you do not trust it.
            </p>
          )}
          <Table
            label="Unknown sandboxes"
            rows={sandboxes}
            columns={columns(setSettled)}
            rowKey={({ sandboxId }) => sandboxId}
            empty={null}
          />
        </Section>
      )}
      <SettleUnknownDialog
        host={host}
        settled={settled}
        onClose={() => setSettled(undefined)}
        onDone={() => void list.refetch()}
      />
    </>
  );
}
