import { useInfiniteQuery } from '@connectrpc/connect-query';
import { keepPreviousData } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Download, ScrollText, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { AuditService, type AuditEvent } from '#proto/muster/v1/audit_pb.js';
import { EventDialog } from '../audit/EventDialog.tsx';
import { ExportDialog } from '../audit/ExportDialog.tsx';
import { filterOf, isNarrowed, type AuditSearch } from '../audit/filter.ts';
import { Filters } from '../audit/Filters.tsx';
import { outcomeLooks } from '../audit/outcome-looks.ts';
import { subjectName } from '../audit/subject.ts';
import { VerifyDialog } from '../audit/VerifyDialog.tsx';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Page } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { rowLinkClasses, Table, type Column } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

const nothingYet = (
  <EmptyState icon={ScrollText} title="Nothing was done yet" command={commandLines.audit({}, '').muster}>
    Every change is written down here, in the same moment in which it happens: who, what, on what, from where, and what
    it was before and after. So is every attempt that was denied.
  </EmptyState>
);

const nothingPasses = (onClear: () => void) => (
  <EmptyState
    icon={ScrollText}
    title="No row passes this filter"
    action={<Button onClick={onClear}>Show all rows</Button>}
  >
    The filter stands in the address of this page, so a link to it shows the same.
  </EmptyState>
);

const noFilter = {
  actor: undefined,
  action: undefined,
  target: undefined,
  outcome: undefined,
  range: undefined,
} satisfies AuditSearch;

const refreshMs = 5_000;

const columns = (search: AuditSearch, onNarrow: (change: AuditSearch) => void): readonly Column<AuditEvent>[] => [
  {
    key: 'action',
    header: 'Action',
    heading: true,
    cell: (event) => (
      <Link {...paths.auditEvent(search, event.id)} replace className={`${rowLinkClasses} font-mono text-code`}>
        {event.action}
      </Link>
    ),
  },
  {
    key: 'outcome',
    header: 'Outcome',
    heading: true,
    cell: (event) => <StatusPill look={outcomeLooks[event.outcome]} />,
  },
  {
    key: 'who',
    header: 'Who',
    cell: ({ actor }) => actor && <Narrow subject={actor} onPress={() => onNarrow({ actor: actor.id })} />,
  },
  {
    key: 'on',
    header: 'On',
    className: '@table:max-w-64',
    cell: ({ target }) => (target ? <Narrow subject={target} onPress={() => onNarrow({ target: target.id })} /> : '–'),
  },
  {
    key: 'why',
    header: 'Why',
    className: '@table:w-[30%] @table:max-w-0 text-ink-muted',
    cell: ({ reason }) =>
      reason === '' ? (
        '–'
      ) : (
        <span className="@table:block @table:truncate" title={reason}>
          {reason}
        </span>
      ),
  },
  {
    key: 'when',
    header: 'When',
    align: 'end',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (event) => <RelativeTime at={event.at} />,
  },
];

/** A name that shows only its own rows when pressed. */
function Narrow({ subject, onPress }: { subject: { id: string; name: string }; onPress: () => void }) {
  const name = subjectName({ $typeName: 'muster.v1.AuditSubject', ...subject });
  return (
    <button
      type="button"
      onClick={onPress}
      title={`${subject.id}: show only these rows`}
      className="relative z-1 max-w-full truncate rounded-tag text-left hover:text-link hover:underline"
    >
      {name}
    </button>
  );
}

export function AuditPage() {
  const search = useSearch({ from: '/signed-in/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const { platformAdmin, activeTeamId } = useCaller();
  const narrow = (change: AuditSearch) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const teamId = platformAdmin && search.team === undefined ? '' : activeTeamId;
  const audit = useAudit(search, teamId);
  const events = audit.data?.pages.flatMap((page) => page.events);
  const shown = events?.find(({ id }) => id === search.event);

  return (
    <Page
      title="Audit"
      summary={events && <Summary newest={events[0]} whole={teamId === ''} />}
      actions={
        <>
          <AsCommandButton lines={commandLines.audit(search, teamId)} />
          <Button icon={Download} onClick={() => narrow({ dialog: 'export' })}>
            Export
          </Button>
          <Button
            look="primary"
            icon={ShieldCheck}
            disabledReason={
              platformAdmin ? undefined : 'The chain goes through all teams: only a platform admin verifies it.'
            }
            onClick={() => narrow({ dialog: 'verify' })}
          >
            Verify
          </Button>
        </>
      }
    >
      <Filters search={search} nameOf={namesIn(events ?? [])} onNarrow={narrow} />
      {audit.error && <ProblemNote problem={toProblem(audit.error)} onRetry={() => void audit.refetch()} />}
      {events === undefined && !audit.error && <TableSkeleton columns={6} />}
      {events !== undefined && (
        <Table
          label="Audit"
          rows={events}
          columns={columns(search, narrow)}
          rowKey={({ id }) => id}
          empty={isNarrowed(search) ? nothingPasses(() => narrow(noFilter)) : nothingYet}
        />
      )}
      {audit.hasNextPage && (
        <Button className="self-center" busy={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
          Show older rows
        </Button>
      )}
      <EventDialog event={shown} onClose={() => narrow({ event: undefined })} />
      <ExportDialog
        open={search.dialog === 'export'}
        onClose={() => narrow({ dialog: undefined })}
        search={search}
        teamId={teamId}
      />
      <VerifyDialog open={search.dialog === 'verify' && platformAdmin} onClose={() => narrow({ dialog: undefined })} />
    </Page>
  );
}

/** The rows, page by page. While only the newest page is shown, it is asked for again and again. */
function useAudit(search: AuditSearch, teamId: string) {
  const { actor, action, target, outcome, range } = search;
  // Counted back from when the page was opened: a new moment at each drawing would be a new query.
  const [openedAt] = useState(() => Date.now());
  const filter = filterOf({ actor, action, target, outcome, range }, openedAt);
  return useInfiniteQuery(
    AuditService.method.listAuditEvents,
    { teamId, filter, pageSize: 50, pageToken: '' },
    {
      pageParamKey: 'pageToken',
      getNextPageParam: (page) => page.nextPageToken || undefined,
      placeholderData: keepPreviousData,
      refetchInterval: (query) => (query.state.data?.pages.length === 1 ? refreshMs : false),
    },
  );
}

function Summary({ newest, whole }: { newest: AuditEvent | undefined; whole: boolean }) {
  if (!newest?.actor) return whole ? 'What is done in the whole installation.' : 'What is done in your team.';
  return (
    <>
      {whole ? 'What is done in the whole installation' : 'What is done in your team'}; the newest row here was written{' '}
      <RelativeTime at={newest.at} />, by {subjectName(newest.actor)}.
    </>
  );
}

function namesIn(events: readonly AuditEvent[]): (id: string) => string {
  const names = new Map(
    events.flatMap(({ actor, target }) =>
      [actor, target].flatMap((one) => (one ? [[one.id, subjectName(one)] as const] : [])),
    ),
  );
  return (id) => names.get(id) ?? id;
}
