import { create } from '@bufbuild/protobuf';
import { ListHostsResponseSchema, type Host } from '#proto/muster/v1/host_pb.js';
import { printJson } from '../output/json.ts';
import { sayMib, trimmed } from '../output/size.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { hosts } from './find.ts';
import { hostState } from './state.ts';

const columns: readonly Column<Host>[] = [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'STATE', cell: hostState },
  { heading: 'OWNER', cell: ({ teamName }) => teamName || 'platform' },
  { heading: 'SANDBOXES', cell: ({ usage }) => String(usage?.sandboxes ?? 0), right: true },
  {
    heading: 'CPU',
    cell: ({ specs, usage }) => (specs ? `${trimmed(usage?.cpu ?? 0)} of ${specs.cpus}` : ''),
    right: true,
  },
  {
    heading: 'MEMORY',
    cell: ({ specs, usage }) => (specs ? `${sayMib(usage?.memoryMib ?? 0)} of ${sayMib(specs.memoryMib)}` : ''),
    right: true,
  },
  { heading: 'RUNTIME', cell: ({ specs }) => (specs ? specs.runtime || 'none' : '') },
  { heading: 'LAST SEEN', cell: ({ lastSeenAt }) => sayWhen(lastSeenAt) },
  { heading: 'ID', cell: ({ id }) => id },
];

/** Options of `muster hosts list`. */
export interface ListOptions extends SessionOptions {
  readonly team?: string;
  readonly platform?: boolean;
}

/** Prints hosts. */
export async function listHosts(session: Session, { team = '', platform = false }: ListOptions): Promise<void> {
  const all = await hosts(session, { teamId: team, platform });
  if (session.json)
    return printJson(session.stdout, ListHostsResponseSchema, create(ListHostsResponseSchema, { hosts: all }));
  printTable(session.stdout, all, columns, 'There are no hosts yet. Add one with muster hosts create NAME.');
}
