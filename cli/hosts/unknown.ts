import { create } from '@bufbuild/protobuf';
import {
  ListUnknownSandboxesResponseSchema,
  SettleUnknownSandboxResponseSchema,
  UnknownSandboxDecision,
  type UnknownSandbox,
} from '#proto/muster/v1/host_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { hostIdOf } from './find.ts';

const columns: readonly Column<UnknownSandbox>[] = [
  { heading: 'SANDBOX', cell: ({ sandboxId }) => sandboxId },
  { heading: 'HOST', cell: ({ hostId }) => hostId },
  { heading: 'FIRST SEEN', cell: ({ firstSeenAt }) => sayWhen(firstSeenAt) },
  { heading: 'NOTE', cell: ({ note }) => note },
];

/** Prints the sandboxes that hosts run and the database does not know; of one host where it is named. */
export async function listUnknown(session: Session, nameOrId: string | undefined): Promise<void> {
  const hostId = nameOrId === undefined ? '' : await hostIdOf(session, nameOrId);
  let notListed = 0;
  const sandboxes = await allPages(async (pageToken) => {
    const answer = await session.hosts.listUnknownSandboxes({ hostId, pageSize: 1000, pageToken });
    ({ notListed } = answer);
    return { items: answer.sandboxes, nextPageToken: answer.nextPageToken };
  });
  if (session.json) {
    const all = create(ListUnknownSandboxesResponseSchema, { sandboxes, notListed });
    return printJson(session.stdout, ListUnknownSandboxesResponseSchema, all);
  }
  printTable(session.stdout, sandboxes, columns, 'Hosts run nothing that the database does not know.');
  if (notListed > 0) session.stdout.write(`${notListed} more are not listed: look at the agents of these hosts.\n`);
}

/** Options of `muster hosts settle-unknown`. */
export interface SettleUnknownOptions extends SessionOptions {
  readonly release?: boolean;
  readonly destroy?: boolean;
  readonly reason: string;
}

/** Decides about a sandbox that a host runs and the database does not know. */
export async function settleUnknown(
  session: Session,
  nameOrId: string,
  sandboxId: string,
  { release = false, destroy = false, reason }: SettleUnknownOptions,
): Promise<void> {
  if (release === destroy) throw new CliError('Give either --release or --destroy.', exitCodes.usage);
  const decision = release ? UnknownSandboxDecision.RELEASE : UnknownSandboxDecision.DESTROY;
  const hostId = await hostIdOf(session, nameOrId);
  const answer = await session.hosts.settleUnknownSandbox({ hostId, sandboxId, decision, reason });
  if (session.json) return printJson(session.stdout, SettleUnknownSandboxResponseSchema, answer);
  session.stdout.write(
    release ? `${sandboxId} goes on, and is left alone from now on.\n` : `${sandboxId} is destroyed.\n`,
  );
}
