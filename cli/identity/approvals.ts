import { create } from '@bufbuild/protobuf';
import {
  ApprovalOperation,
  ApprovalState,
  ApproveRequestResponseSchema,
  ListApprovalsResponseSchema,
  RejectRequestResponseSchema,
  type Approval,
} from '#proto/muster/v1/identity_pb.js';
import { dryRunOf, type MutationOptions } from '../mutation/confirm.ts';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session } from '../session/session.ts';
import type { TeamOptions } from './find.ts';

/** Options of `muster identity approvals`. */
export interface ApprovalsOptions extends TeamOptions {
  readonly all?: boolean;
  readonly allTeams?: boolean;
}

/** Options of `muster identity approve` and `reject`. */
export type DecideOptions = MutationOptions;

const columns: readonly Column<Approval>[] = [
  { heading: 'ID', cell: ({ id }) => id },
  { heading: 'WHAT', cell: ({ operation }) => enumWord(ApprovalOperation, operation) },
  { heading: 'IDENTITY', cell: ({ identityName }) => identityName },
  { heading: 'TEAM', cell: ({ teamName }) => teamName },
  { heading: 'ASKED BY', cell: ({ requestedByName }) => requestedByName },
  { heading: 'STATE', cell: ({ state }) => enumWord(ApprovalState, state) },
  { heading: 'ENDS', cell: ({ expiresAt }) => sayWhen(expiresAt) },
  { heading: 'REQUEST', cell: ({ requestJson }) => requestJson },
];

/** Prints the requests that wait for a second person. */
export async function listApprovals(
  session: Session,
  { team = '', all = false, allTeams = false }: ApprovalsOptions,
): Promise<void> {
  const approvals = await allPages(async (pageToken) => {
    const request = { teamId: team, all: allTeams, includeDecided: all, pageSize: 1000, pageToken };
    const page = await session.identities.listApprovals(request);
    return { items: page.approvals, nextPageToken: page.nextPageToken };
  });
  if (session.json) {
    const answer = create(ListApprovalsResponseSchema, { approvals });
    return printJson(session.stdout, ListApprovalsResponseSchema, answer);
  }
  printTable(session.stdout, approvals, columns, 'Nothing waits for approval.');
}

/** Approves a request. */
export async function approveRequest(session: Session, approvalId: string, options: DecideOptions): Promise<void> {
  const dryRun = dryRunOf(options);
  const answer = await session.identities.approveRequest({ approvalId, dryRun });
  if (session.json) return printJson(session.stdout, ApproveRequestResponseSchema, answer);
  const asker = answer.approval?.requestedByName;
  session.stdout.write(
    dryRun
      ? `${approvalId} would be approved: ${asker} could run the command again.\n`
      : `${approvalId} is approved: ${asker} can run the command again.\n`,
  );
}

/** Rejects a request. */
export async function rejectRequest(session: Session, approvalId: string, options: DecideOptions): Promise<void> {
  const dryRun = dryRunOf(options);
  const answer = await session.identities.rejectRequest({ approvalId, dryRun });
  if (session.json) return printJson(session.stdout, RejectRequestResponseSchema, answer);
  session.stdout.write(`${approvalId} ${dryRun ? 'would be' : 'is'} rejected.\n`);
}
