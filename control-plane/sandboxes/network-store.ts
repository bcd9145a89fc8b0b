import type { JsonValue } from '@bufbuild/protobuf';
import type { Sql } from '../database/index.ts';
import type { ObservedState, WantedState } from './sandbox.ts';

/** A sandbox's network, and what setting it needs. */
export interface NetworkTarget {
  readonly hostId: string;
  readonly attempt: number;
  readonly wanted: WantedState;
  readonly observed: ObservedState;
  readonly network: 'none' | 'egress';
  readonly egress: JsonValue;
  readonly networkRevision: number;
}

const networkTarget = (sql: Sql) => sql`
  select host_id as "hostId", attempt, wanted, observed, network, egress, network_revision::float8 as "networkRevision" from sandboxes
`;

export async function findNetwork(sql: Sql, id: string): Promise<NetworkTarget | undefined> {
  const [row] = await sql<NetworkTarget[]>`${networkTarget(sql)} where id = ${id}`;
  return row;
}

/** The same, its row locked until the transaction ends. */
export async function lockNetwork(sql: Sql, id: string): Promise<NetworkTarget | undefined> {
  const [row] = await sql<NetworkTarget[]>`${networkTarget(sql)} where id = ${id} for update`;
  return row;
}

/** Writes what a sandbox should reach. */
export const setNetwork = (sql: Sql, id: string, { network, egress }: Pick<NetworkTarget, 'network' | 'egress'>) => sql`
  update sandboxes
  set network = ${network}, egress = ${egress === null ? null : JSON.stringify(egress)}::text::jsonb, network_revision = network_revision + 1,
    wanted_revision = wanted_revision + 1
  where id = ${id}
`;

/** Writes what its host has said that it has. An older answer overwrites nothing. */
export const recordNetworkApplied = (sql: Sql, id: string, attempt: number, revision: number) => sql`
  update sandboxes set network_applied = greatest(network_applied, least(network_revision, ${revision}::bigint))
  where id = ${id} and attempt = ${attempt}
`;
