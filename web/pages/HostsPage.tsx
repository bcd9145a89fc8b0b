import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus, Server } from 'lucide-react';
import type { ReactNode } from 'react';
import { HostStatus, type Host } from '#proto/muster/v1/host_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { AddHostDialog } from '../hosts/AddHostDialog.tsx';
import { useHosts } from '../hosts/feed.ts';
import { passesHostFilter, type HostFilter } from '../hosts/filter.ts';
import { HostStatusPill } from '../hosts/HostStatusPill.tsx';
import { LoadBar } from '../hosts/Load.tsx';
import { addRefusal, countOwners, ownerKindOf, ownerWords, passesOwner, teamChoices } from '../hosts/owner.ts';
import { OwnHostsNote } from '../hosts/OwnHostsNote.tsx';
import { hostsSentence } from '../hosts/sentence.ts';
import { hostStatusLooks, hostStatusWords, type HostStatusWord } from '../hosts/status.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Tags } from '../parts/Facts.tsx';
import { FilterPills } from '../parts/FilterPills.tsx';
import { FilterSelect } from '../parts/FilterSelect.tsx';
import { Page } from '../parts/Page.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Freshness } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';
import { useActiveTeamRow } from '../teams/useActiveTeamRow.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

const empty = (action: ReactNode) => (
  <EmptyState
    icon={Server}
    title="No machines yet"
    action={action}
    command={commandLines.createHost({ name: 'builder-1' }).muster}
  >
    Hosts are the machines that run your sandboxes. A machine joins with a one-time token: add it here, run one command
    on it, and watch it come online.
  </EmptyState>
);

const nothingPasses = (onClear: () => void) => (
  <EmptyState
    icon={Server}
    title="No host passes this filter"
    action={<Button onClick={onClear}>Show all hosts</Button>}
  >
    The filter stands in the address of this page, so a link to it shows the same.
  </EmptyState>
);

const ownerColumn: Column<Host> = {
  key: 'owner',
  header: 'Owner',
  className: 'wrap-anywhere',
  cell: (host) => <span className={host.teamId === '' ? 'text-ink-muted' : ''}>{ownerWords(host)}</span>,
};

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
  { key: 'labels', header: 'Labels', cell: (host) => <Tags pairs={host.labels} /> },
  {
    key: 'agent',
    header: 'Agent',
    className: 'font-mono text-code text-ink-muted',
    cell: (host) => host.specs?.agentSha.slice(0, 7) || '–',
  },
  {
    key: 'seen',
    header: 'Last heartbeat',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (host) =>
      host.status === HostStatus.PENDING ? (
        <span className="text-ink-faint">has not joined</span>
      ) : (
        <RelativeTime at={host.lastSeenAt} />
      ),
  },
];

export function HostsPage() {
  const filter = useSearch({ from: '/signed-in/hosts' });
  const navigate = useNavigate({ from: '/hosts' });
  const caller = useCaller();
  const team = useActiveTeamRow();
  const addRefused = addRefusal(caller, team);
  const { phase, state: hosts, error } = useHosts();
  const narrow = (change: HostFilter) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });

  const add = (
    <Button look="primary" icon={Plus} disabledReason={addRefused} onClick={() => narrow({ dialog: 'add' })}>
      Add host
    </Button>
  );
  const teams = teamChoices(hosts ?? []);
  const ownerKind = ownerKindOf(filter.owner);
  const [name, status, ...others] = columns;
  const shownColumns = teams.length > 0 ? [name!, status!, ownerColumn, ...others] : columns; // the first two of the table
  const shown = hosts?.filter((host) => passesHostFilter(host, filter)) ?? [];
  const pills = Object.entries(hostStatusWords).map(([word, status]) => ({
    value: word as HostStatusWord, // a key of the table above
    word: hostStatusLooks[status].word,
    tone: hostStatusLooks[status].tone,
    count: hosts?.filter((host) => host.status === status && passesOwner(host, filter.owner)).length ?? 0,
  }));

  return (
    <Page
      title="Hosts"
      summary={hosts && (hosts.length > 0 ? hostsSentence(hosts) : 'No machine is registered.')}
      actions={
        <>
          <AsCommandButton lines={commandLines.hosts()} />
          {add}
        </>
      }
    >
      <Freshness phase={phase} className="flex flex-col gap-4">
        {phase === 'refused' && <ProblemNote problem={toProblem(error)} />}
        {hosts === undefined && phase !== 'refused' && <TableSkeleton columns={6} />}
        {team && hosts && <OwnHostsNote team={team} hosts={hosts} />}
        {hosts !== undefined && (teams.length > 0 || ownerKind !== undefined) && (
          <div className="flex flex-wrap items-center gap-2 print:hidden">
            <FilterPills
              label="Hosts by owner"
              pills={countOwners(hosts)}
              chosen={ownerKind}
              onChoose={(owner) => narrow({ owner })}
            />
            {ownerKind === 'teams' && (
              <FilterSelect
                label="Own hosts by team"
                all="All teams"
                options={teams}
                value={filter.owner === 'teams' ? undefined : filter.owner}
                onChoose={(owner = 'teams') => narrow({ owner })}
              />
            )}
          </div>
        )}
        {hosts !== undefined && hosts.length > 0 && (
          <div className="flex flex-wrap items-center justify-between gap-3 print:hidden">
            <FilterPills
              label="Hosts by status"
              pills={pills}
              chosen={filter.status}
              onChoose={(status) => narrow({ status })}
            />
            <SearchField label="Find a host" value={filter.q ?? ''} onChange={(q) => narrow({ q: q || undefined })} />
          </div>
        )}
        {hosts !== undefined && (
          <Table
            label="Hosts"
            rows={shown}
            columns={shownColumns}
            rowKey={(host) => host.id}
            empty={
              hosts.length === 0
                ? empty(add)
                : nothingPasses(() => narrow({ status: undefined, q: undefined, owner: undefined }))
            }
          />
        )}
      </Freshness>
      <AddHostDialog
        open={filter.dialog === 'add' && addRefused === undefined}
        team={caller.platformAdmin ? undefined : team}
        onClose={() => narrow({ dialog: undefined })}
      />
    </Page>
  );
}
