import {
  GetEndpointResponseSchema,
  ListPortsResponseSchema,
  SignEndpointResponseSchema,
  type ListeningPort,
} from '#proto/muster/v1/network_pb.js';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';

const columns: readonly Column<ListeningPort>[] = [
  { heading: 'PORT', cell: ({ port }) => String(port) },
  { heading: 'ADDRESSES', cell: ({ addresses }) => addresses.join(', ') },
  { heading: 'PROCESS', cell: ({ process }) => process },
];

/** Prints the ports that something listens on, inside a sandbox. */
export async function listPorts(session: Session, sandboxId: string): Promise<void> {
  const answer = await session.sandboxes.listPorts({ sandboxId });
  if (session.json) return printJson(session.stdout, ListPortsResponseSchema, answer);
  printTable(session.stdout, answer.ports, columns, 'Nothing listens in it.');
}

/** Options of `muster sandboxes endpoint`. */
export interface EndpointOptions extends SessionOptions {
  readonly sign?: boolean;
  readonly timeout?: { readonly seconds: bigint };
}

/** Prints where a port is reached; the address alone goes to standard output. */
export async function showEndpoint(
  session: Session,
  sandboxId: string,
  port: number,
  { sign, timeout }: EndpointOptions,
): Promise<void> {
  if (!sign && timeout === undefined) {
    const answer = await session.sandboxes.getEndpoint({ sandboxId, port });
    if (session.json) return printJson(session.stdout, GetEndpointResponseSchema, answer);
    session.stdout.write(`${answer.url}\n`);
    session.stderr.write('Send your key or token with each request; with --sign the link opens it by itself.\n');
    return;
  }
  const answer = await session.sandboxes.signEndpoint({ sandboxId, port, timeout });
  if (session.json) return printJson(session.stdout, SignEndpointResponseSchema, answer);
  session.stdout.write(`${answer.url}\n`);
  session.stderr.write(`Whoever has this link can use port ${port}; it ends ${sayWhen(answer.expiresAt)}.\n`);
}
