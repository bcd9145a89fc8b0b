import { create } from '@bufbuild/protobuf';
import {
  AlertKind,
  AlertState,
  GetAlertResponseSchema,
  ListAlertsResponseSchema,
  type Alert,
  type AlertMember,
} from '#proto/muster/v1/alert_pb.js';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { printFacts, printTable, type Column } from '../output/table.ts';
import { sayTime, sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster alerts list`. */
export interface ListOptions extends SessionOptions {
  readonly all?: boolean;
}

const columns: readonly Column<Alert>[] = [
  { heading: 'STATE', cell: ({ state }) => enumWord(AlertState, state) },
  { heading: 'SINCE', cell: ({ startedAt }) => sayWhen(startedAt) },
  { heading: 'KIND', cell: ({ kind }) => enumWord(AlertKind, kind) },
  { heading: 'WHAT', cell: ({ sentence }) => sentence },
  { heading: 'ID', cell: ({ id }) => id },
];

const memberColumns: readonly Column<AlertMember>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'COMPONENT', cell: ({ component }) => component },
  { heading: 'SINCE', cell: ({ since }) => sayWhen(since) },
  { heading: 'OVER', cell: ({ leftAt }) => sayWhen(leftAt) },
  { heading: 'WHY', cell: ({ sentence }) => sentence },
];

/** Prints what fires, or all that fired. */
export async function listAlerts(session: Session, { all = false }: ListOptions): Promise<void> {
  const state = all ? AlertState.UNSPECIFIED : AlertState.FIRING;
  const alerts = await allPages(async (pageToken) => {
    const answer = await session.alerts.listAlerts({ state, pageSize: 1000, pageToken });
    return { items: answer.alerts, nextPageToken: answer.nextPageToken };
  });
  if (session.json)
    return printJson(session.stdout, ListAlertsResponseSchema, create(ListAlertsResponseSchema, { alerts }));
  printTable(session.stdout, alerts, columns, all ? 'Nothing has fired yet.' : 'Nothing fires.');
}

/** Prints one alert with its machines. */
export async function showAlert(session: Session, alertId: string): Promise<void> {
  const answer = await session.alerts.getAlert({ alertId });
  const { alert } = answer;
  if (session.json || !alert) return printJson(session.stdout, GetAlertResponseSchema, answer);
  printFacts(session.stdout, [
    ['Id', alert.id],
    ['What', alert.sentence],
    ['State', enumWord(AlertState, alert.state)],
    ['Rule', alert.ruleName],
    ['Repository', alert.repository],
    ['Commit', alert.sha],
    ['Began', sayTime(alert.startedAt)],
    ['Over', sayTime(alert.resolvedAt)],
    ['Told', alert.toldAt ? sayTime(alert.toldAt) : 'not yet'],
  ]);
  session.stdout.write('\n');
  printTable(session.stdout, alert.members, memberColumns, 'It is about nothing any more.');
}
