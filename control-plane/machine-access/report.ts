import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { AccessReport } from '#proto/muster/agent/v1/enrolment_pb.js';
import type { Context } from '../context.ts';
import type { Sql } from '../database/index.ts';
import { recordHostAudit } from '../hosts/index.ts';
import { findReports, writeReports, type ReportedAccount, type ReportRow } from './report-store.ts';

/** What one machine says of its SSH keys. */
export interface HostReport {
  readonly hostId: string;
  readonly access?: AccessReport | undefined;
}

/**
 * Writes down what machines say of their SSH keys, unless something newer of the same agent is known. That one has undone
 * somebody's change to its lines is a thing for the audit.
 */
export async function recordAccessReports(
  sql: Sql,
  context: Pick<Context, 'caller' | 'origin'>,
  all: readonly HostReport[],
): Promise<void> {
  const rows = all.flatMap(({ hostId, access }) => (access ? [rowOf(hostId, access)] : []));
  if (rows.length === 0) return;
  const before = new Map((await findReports(sql, rows)).map((row) => [row.hostId, row]));
  const newer = rows.filter((row) => {
    const known = before.get(row.hostId);
    return !known || known.instanceId !== row.instanceId || BigInt(known.sequence) < row.sequence;
  });
  if (newer.length === 0) return;
  await writeReports(sql, newer);
  for (const { hostId, accounts } of newer)
    for (const account of accounts) {
      const earlier = before.get(hostId)?.accounts.find(({ name }) => name === account.name)?.repairedAt;
      if (account.repairedAt === null || account.repairedAt === earlier) continue;
      const after = { account: account.name, at: account.repairedAt };
      await recordHostAudit(sql, context, hostId, { action: 'host_access.repair', after });
    }
}

const rowOf = (hostId: string, report: AccessReport): ReportRow => {
  const accounts = report.accounts.map(
    ({ name, takesSupport, takesTesters, problem, repairedAt }): ReportedAccount => ({
      name: clean(name, 64),
      takesSupport,
      takesTesters,
      problem: clean(problem, 1000),
      repairedAt: repairedAt ? momentOf(timestampDate(repairedAt)) : null,
    }),
  );
  const broken = accounts.find(({ problem }) => problem !== '');
  return {
    hostId,
    instanceId: clean(report.instanceId, 64),
    sequence: report.sequence,
    generation: clean(report.generation, 64),
    revision: report.revision,
    accounts,
    problem: broken ? `${broken.name}: ${broken.problem}` : '',
    keyIds: report.keyIds.map((id) => clean(id, 64)),
  };
};

/** Times that no calendar has count as not told. */
const momentOf = (date: Date): string | null => (Number.isNaN(date.getTime()) ? null : date.toISOString());

/** One line that the database takes, whatever the host sent. */
const clean = (text: string, longest: number): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, longest)
    .toWellFormed();
