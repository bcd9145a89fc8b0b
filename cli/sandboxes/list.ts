import { create } from '@bufbuild/protobuf';
import { comingEnd } from '#contract/expiry.ts';
import { ListSandboxesResponseSchema, type Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { hostIdOf } from '../hosts/find.ts';
import { printJson } from '../output/json.ts';
import { allPages } from '../output/pages.ts';
import { sayPairs } from '../output/pairs.ts';
import { sayMib, trimmed } from '../output/size.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster sandboxes list`. */
export interface ListOptions extends SessionOptions {
  readonly host?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly all?: boolean;
  readonly idle?: { readonly seconds: bigint };
  readonly silent?: boolean;
}

const columns: readonly Column<Sandbox>[] = [
  { heading: 'ID', cell: ({ id }) => id },
  { heading: 'STATE', cell: ({ stateLabel, silentSince }) => (silentSince ? `${stateLabel}, silent` : stateLabel) },
  { heading: 'HOST', cell: ({ hostName }) => hostName },
  { heading: 'TEMPLATE', cell: ({ template }) => template },
  { heading: 'CPU', cell: ({ limits }) => trimmed(limits?.cpu ?? 0), right: true },
  { heading: 'MEMORY', cell: ({ limits }) => sayMib(limits?.memoryMib ?? 0), right: true },
  { heading: 'LAST USE', cell: ({ lastActivityAt }) => sayWhen(lastActivityAt) || 'never' },
  { heading: 'CREATED', cell: ({ createdAt }) => sayWhen(createdAt) },
  { heading: 'ENDS', cell: (sandbox) => sayWhen(sandbox.endedAt ?? comingEnd(sandbox)) },
  { heading: 'METADATA', cell: ({ metadata }) => sayPairs(metadata) },
];

/** Prints the team's sandboxes. */
export async function listSandboxes(
  session: Session,
  { host, metadata = {}, all = false, idle, silent = false }: ListOptions,
): Promise<void> {
  const hostId = host === undefined ? '' : await hostIdOf(session, host);
  const sandboxes = await allPages(async (pageToken) => {
    const request = { pageSize: 1000, pageToken, hostId, metadata, includeEnded: all, idleFor: idle, silent };
    const { sandboxes: items, nextPageToken } = await session.sandboxes.listSandboxes(request);
    return { items, nextPageToken };
  });
  if (session.json) {
    return printJson(session.stdout, ListSandboxesResponseSchema, create(ListSandboxesResponseSchema, { sandboxes }));
  }
  printTable(session.stdout, sandboxes, columns, 'There are no sandboxes. Create one with muster sandboxes create.');
}
