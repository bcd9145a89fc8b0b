import type { Sql } from '../database/index.ts';
import type { ReportedAccount } from './report-store.ts';
import type { HostAccessState } from './tester-ssh-store.ts';

/** Access to one machine, as far as the machine itself goes. */
export interface MachineRow {
  readonly hostId: string;
  readonly hostName: string;
  readonly state: HostAccessState;
  /** Of its accounts, the first. */
  readonly problem: string;
  /** It has applied something newer than the database knows. */
  readonly isAhead: boolean;
  readonly wantedRevision: string;
  readonly appliedRevision: string;
  readonly appliedAt: Date | null;
  readonly accounts: readonly ReportedAccount[];
}

/** One machine, or those that offer an account and have not applied what is wanted, by name. */
export const listMachines = (sql: Sql, which: { readonly hostId: string } | { readonly limit: number }) => sql<
  MachineRow[]
>`
  select host.id as "hostId", host.name as "hostName", coalesce(state.state, 'not_offered') as state, coalesce(access.problem, '') as problem,
    coalesce(access.generation = life.generation and access.applied_revision > access.revision, false) as "isAhead",
    coalesce(access.revision, 0)::text as "wantedRevision", coalesce(access.applied_revision, 0)::text as "appliedRevision",
    access.applied_at as "appliedAt", coalesce(access.accounts, '[]') as accounts
  from hosts host
  cross join database_life life
  left join host_access_states state on state.host_id = host.id
  left join host_access access on access.host_id = host.id
  where ${'hostId' in which ? sql`host.id = ${which.hostId}` : sql`state.state in ('pending', 'unreachable', 'failed')`}
  order by host.name, host.id
  limit ${'limit' in which ? which.limit : 1}
`;

/** How many machines are how far. */
export async function countStates(sql: Sql): Promise<Readonly<Record<HostAccessState, number>>> {
  const rows = await sql<{ state: HostAccessState; count: number }[]>`
    select state, count(*)::int as count from host_access_states group by state
  `;
  return {
    applied: 0,
    pending: 0,
    unreachable: 0,
    failed: 0,
    not_offered: 0,
    ...Object.fromEntries(rows.map((row) => [row.state, row.count])),
  };
}
