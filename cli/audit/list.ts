import { create } from '@bufbuild/protobuf';
import {
  AuditOutcome,
  ListAuditEventsResponseSchema,
  type AuditEvent,
  type AuditSubject,
} from '#proto/muster/v1/audit_pb.js';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayTime } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';
import { filterOf, type FilterOptions } from './filter.ts';

export interface ListOptions extends FilterOptions {
  readonly limit?: number;
}

const named = (subject: AuditSubject | undefined): string => (subject ? subject.name || subject.id : '');

const columns: readonly Column<AuditEvent>[] = [
  { heading: 'TIME', cell: ({ at }) => sayTime(at) },
  { heading: 'WHO', cell: ({ actor }) => named(actor) },
  { heading: 'ACTION', cell: ({ action }) => action },
  { heading: 'ON', cell: ({ target }) => named(target) },
  { heading: 'OUTCOME', cell: ({ outcome }) => enumWord(AuditOutcome, outcome) },
  { heading: 'WHY', cell: ({ reason, contentErased }) => (contentErased ? '(erased)' : reason) },
];

const defaultLimit = 50;
const largestPage = 1000;

/** Prints what was done, newest first. */
export async function listEvents(session: Session, { limit = defaultLimit, ...filter }: ListOptions): Promise<void> {
  const events: AuditEvent[] = [];
  let pageToken = '';
  do {
    const pageSize = Math.min(limit - events.length, largestPage);
    const page = await session.audit.listAuditEvents({
      pageSize,
      pageToken,
      teamId: filter.team,
      filter: filterOf(filter),
    });
    events.push(...page.events);
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && events.length < limit);
  if (session.json) {
    const all = create(ListAuditEventsResponseSchema, { events, nextPageToken: pageToken });
    return printJson(session.stdout, ListAuditEventsResponseSchema, all);
  }
  printTable(session.stdout, events, columns, 'Nothing was done that fits.');
  if (pageToken !== '') session.stderr.write('There is more: see --limit and --since, or muster audit export.\n');
}
