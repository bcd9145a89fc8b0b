import { Link } from '@tanstack/react-router';
import { Ellipsis, Plus, Server, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Host } from '#proto/muster/v1/host_pb.js';
import type { Team } from '#proto/muster/v1/team_pb.js';
import { AddHostDialog } from '../hosts/AddHostDialog.tsx';
import { DeleteHostDialog } from '../hosts/DeleteHostDialog.tsx';
import { useHosts } from '../hosts/feed.ts';
import { HostStatusPill } from '../hosts/HostStatusPill.tsx';
import { LoadBar } from '../hosts/Load.tsx';
import { addRefusal } from '../hosts/owner.ts';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { refusal } from '../parts/allowed.ts';
import { Button, IconButton } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { useCaller } from '../session/useCaller.ts';

const columns: readonly Column<Host>[] = [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    cell: (host) => (
      <Link {...paths.host(host.id)} className={rowLinkClasses}>
        {host.name}
      </Link>
    ),
  },
  { key: 'status', header: 'Status', heading: true, cell: (host) => <HostStatusPill host={host} /> },
  { key: 'sandboxes', header: 'Sandboxes', align: 'end', cell: (host) => host.usage?.sandboxes ?? 0 },
  { key: 'load', header: 'Promised', cell: (host) => <LoadBar host={host} /> },
  { key: 'actions', header: 'Actions', align: 'end', cell: (host) => <OwnHostActions host={host} /> },
];

function OwnHostActions({ host }: { host: Host }) {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <ActionMenu
        trigger={<IconButton label={`Actions for ${host.name}`} icon={Ellipsis} className="relative z-1 -my-1.5" />}
        actions={[
          {
            label: 'Delete',
            icon: Trash2,
            destructive: true,
            onSelect: () => setOpen(true),
            disabledReason: refusal(host.actions, 'host.delete'),
          },
        ]}
      />
      <DeleteHostDialog host={host} open={open} onClose={close} onDeleted={async () => close()} />
    </>
  );
}

/** The machines that a team has brought; for teams that may. */
export function OwnHosts({ team }: { team: Team }) {
  const caller = useCaller();
  const [adding, setAdding] = useState(false);
  const { phase, state } = useHosts();
  const hosts = state?.filter(({ teamId }) => teamId === team.id);
  const add = (
    <Button icon={Plus} disabledReason={addRefusal(caller, team)} onClick={() => setAdding(true)}>
      Add host
    </Button>
  );
  return (
    <Section title="Own hosts" aside={hosts !== undefined && hosts.length > 0 && add}>
      <Freshness phase={phase}>
        {hosts === undefined ? (
          <TableSkeleton columns={columns.length} />
        ) : (
          <Table
            label="Own hosts"
            rows={hosts}
            columns={columns}
            rowKey={(host) => host.id}
            empty={
              <EmptyState icon={Server} title="No machine of your own yet" action={add}>
                This team runs only on hosts of its own: until one has joined, it cannot create sandboxes.
              </EmptyState>
            }
          />
        )}
      </Freshness>
      <AddHostDialog open={adding} team={team} onClose={() => setAdding(false)} />
    </Section>
  );
}
