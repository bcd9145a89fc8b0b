import type { Sql } from '../database/index.ts';
import { announce } from '../events/index.ts';

/** An account of a machine, as its agent tells of it. */
export interface ReportedAccount {
  readonly name: string;
  readonly takesSupport: boolean;
  readonly takesTesters: boolean;
  readonly problem: string;
  /** A time in ISO's form. */
  readonly repairedAt: string | null;
}

/** What a machine says of its SSH keys, made safe to store. */
export interface ReportRow {
  readonly hostId: string;
  readonly instanceId: string;
  readonly sequence: bigint;
  readonly generation: string;
  readonly revision: bigint;
  readonly accounts: readonly ReportedAccount[];
  readonly problem: string;
  readonly keyIds: readonly string[];
}

interface KnownReport {
  readonly hostId: string;
  readonly instanceId: string;
  readonly sequence: string;
  readonly accounts: readonly ReportedAccount[];
}

/** What is known of machines: most of what they say is nothing new. */
export const findReports = (sql: Sql, rows: readonly ReportRow[]) => sql<KnownReport[]>`
  select host_id as "hostId", instance_id as "instanceId", sequence::text, accounts
  from host_access where host_id = any(${rows.map(({ hostId }) => hostId)}::text[])
`;

/** Writes reports, in the order of their machines; of the same agent only over an older one. */
export async function writeReports(sql: Sql, rows: readonly ReportRow[]): Promise<void> {
  const written = await sql<{ hostId: string }[]>`
    with report as (
      select * from jsonb_to_recordset(${JSON.stringify(rows.map(plain))}::text::jsonb) as report(
        host_id text, instance_id text, sequence bigint, generation text, revision bigint, accounts jsonb,
        takes_support boolean, takes_testers boolean, problem text, key_ids text[]
      )
    )
    insert into host_access as known
      (host_id, instance_id, sequence, generation, applied_revision, applied_at, accounts, takes_support, takes_testers, problem, key_ids)
    select report.host_id, report.instance_id, report.sequence, report.generation, report.revision,
      case when report.revision > 0 then now() end, report.accounts, report.takes_support, report.takes_testers, report.problem,
      report.key_ids
    from report join hosts on hosts.id = report.host_id
    order by report.host_id
    on conflict (host_id) do update set
      instance_id = excluded.instance_id, sequence = excluded.sequence, generation = excluded.generation,
      applied_revision = excluded.applied_revision, accounts = excluded.accounts, takes_support = excluded.takes_support,
      takes_testers = excluded.takes_testers, problem = excluded.problem, key_ids = excluded.key_ids,
      applied_at = case
        when known.generation = excluded.generation and known.applied_revision = excluded.applied_revision then known.applied_at
        else now() end
    where known.instance_id <> excluded.instance_id or known.sequence < excluded.sequence
    returning known.host_id as "hostId"
  `;
  await announce(
    sql,
    'machine_access',
    written.map(({ hostId }) => hostId),
  );
}

const plain = (row: ReportRow) => ({
  host_id: row.hostId,
  instance_id: row.instanceId,
  sequence: String(row.sequence),
  generation: row.generation,
  revision: String(row.revision),
  accounts: row.accounts,
  takes_support: row.accounts.some(({ takesSupport }) => takesSupport),
  takes_testers: row.accounts.some(({ takesTesters }) => takesTesters),
  problem: row.problem,
  key_ids: row.keyIds,
});
