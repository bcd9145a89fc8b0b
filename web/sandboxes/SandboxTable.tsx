import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { comingEnd } from '#contract/expiry.ts';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { CopyText } from '../parts/Copy.tsx';
import { mebibytes, processors } from '../parts/sizes.ts';
import { rowLinkClasses, Table, type Column, type Selection } from '../parts/Table.tsx';
import { paths } from '../paths.ts';
import { Countdown, RelativeTime } from '../time/RelativeTime.tsx';
import { sandboxName } from './name.ts';
import { Origin } from './Origin.tsx';
import { SandboxStatusPill } from './SandboxStatusPill.tsx';
import { SilentMark } from './SilentMark.tsx';
import { hasEnded } from './states.ts';

const columns: readonly Column<Sandbox>[] = [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    cell: (sandbox) => (
      <Link {...paths.sandbox(sandbox.id)} className={rowLinkClasses}>
        {sandboxName(sandbox)}
      </Link>
    ),
  },
  {
    key: 'state',
    header: 'State',
    heading: true,
    cell: (sandbox) => (
      <span className="inline-flex flex-wrap items-center gap-1.5">
        <SandboxStatusPill sandbox={sandbox} />
        <SilentMark sandbox={sandbox} />
      </span>
    ),
  },
  { key: 'id', header: 'Id', cell: (sandbox) => <CopyText text={sandbox.id} label="the id" className="z-1" /> },
  {
    key: 'host',
    header: 'Host',
    cell: (sandbox) => (
      <Link {...paths.host(sandbox.hostId)} className="relative z-1 text-ink-muted hover:text-link">
        {sandbox.hostName || '–'}
      </Link>
    ),
  },
  {
    key: 'template',
    header: 'Template',
    className: 'text-ink-muted',
    cell: (sandbox) => <Origin of={sandbox.template} />,
  },
  {
    key: 'limits',
    header: 'Limits',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ limits }) => limits && `${processors(limits.cpu)}, ${mebibytes(limits.memoryMib)}`,
  },
  {
    key: 'created',
    header: 'Created',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (sandbox) => <RelativeTime at={sandbox.createdAt} />,
  },
  {
    key: 'ends',
    header: 'Ends in',
    align: 'end',
    className: 'whitespace-nowrap text-ink-muted',
    cell: (sandbox) => {
      if (hasEnded(sandbox))
        return (
          <span className="text-ink-faint">
            ended <RelativeTime at={sandbox.endedAt} />
          </span>
        );
      const end = comingEnd(sandbox);
      if (end) return <Countdown to={end} />;
      return sandbox.expiresAt ? '–' : 'never';
    },
  },
];

/** Sandboxes as rows. `without` leaves columns out where the page says them already, or is narrow. */
export function SandboxTable({
  sandboxes,
  empty,
  without = [],
  selection,
}: {
  sandboxes: readonly Sandbox[];
  empty: ReactNode;
  without?: readonly string[];
  selection?: Selection<Sandbox>;
}) {
  return (
    <Table
      label="Sandboxes"
      rows={sandboxes}
      columns={columns.filter((column) => !without.includes(column.key))}
      rowKey={(sandbox) => sandbox.id}
      empty={empty}
      selection={selection}
    />
  );
}
