import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { ListHistoryResponseSchema, type HistoryInterval } from '#proto/muster/v1/fleet_pb.js';
import { hostIdOf } from '../hosts/find.ts';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayDuration, sayTime } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';

export interface HistoryOptions extends SessionOptions {
  readonly component?: string;
  readonly at?: Timestamp;
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  readonly limit?: number;
}

const columns: readonly Column<HistoryInterval>[] = [
  { heading: 'FROM', cell: ({ from }) => sayTime(from) },
  { heading: 'TO', cell: ({ to }) => (to ? sayTime(to) : 'now') },
  {
    heading: 'FOR',
    cell: ({ from, to }) => sayDuration(((to ? timestampMs(to) : Date.now()) - (from ? timestampMs(from) : 0)) / 1000),
  },
  { heading: 'COMPONENT', cell: ({ component }) => component },
  {
    heading: 'COMMIT',
    cell: ({ running, dirty }) => `${running?.sha.slice(0, 12) ?? 'not known'}${dirty ? ' (dirty)' : ''}`,
  },
  {
    heading: 'SUBJECT',
    cell: ({ running, onDisk }) => running?.subject ?? (onDisk ? `on disk: ${onDisk.sha.slice(0, 12)}` : ''),
  },
];

/** What ran on a host, newest first. */
export async function showHistory(session: Session, nameOrId: string, options: HistoryOptions): Promise<void> {
  const answer = await session.fleet.listHistory({
    hostId: await hostIdOf(session, nameOrId),
    component: options.component,
    from: options.at ?? options.since,
    until: options.at ?? options.until,
    pageSize: options.limit,
  });
  if (session.json) return printJson(session.stdout, ListHistoryResponseSchema, answer);
  printTable(session.stdout, answer.intervals, columns, 'Nothing was reported there: what ran is not known.');
  if (answer.nextPageToken !== '')
    session.stderr.write('There is more: name a span with --since and --until, or raise --limit.\n');
}
