import type { SandboxLimits } from '#proto/muster/v1/sandbox_pb.js';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { newId, type Sql } from '../database/index.ts';
import { displayName } from '../display-name.ts';
import { conflict, Refusal } from '../errors.ts';
import { insert, limitsFrom, requirePasswords, telling, templateTeamOf } from './add.ts';
import { findPlatformHosts } from './hosts.ts';
import { readRows, type Row } from './rows.ts';
import { findByEmailKeys } from './store.ts';
import type { NewTester } from './tester.ts';

export interface ImportRequest {
  readonly csv: string;
  readonly template: string;
  readonly limits?: SandboxLimits | undefined;
  readonly onlyValid: boolean;
  readonly dryRun: boolean;
}

/** A row with what becomes of it. */
export interface ImportedRow extends Row {
  readonly state: 'new' | 'exists' | 'wrong';
  readonly hostId: string | null;
}

export interface Imported {
  readonly rows: readonly ImportedRow[];
  readonly done: boolean;
}

/** Brings everybody in whose row is right: all of them or nobody, in one transaction, unless only the valid ones are asked for. */
export async function importTesters(context: Context, request: ImportRequest): Promise<Imported> {
  requirePasswords(context);
  const rows = await judge(context.sql, readRows(request.csv));
  const wrong = rows.some(({ state }) => state === 'wrong');
  if (request.dryRun || (wrong && !request.onlyValid)) return { rows, done: false };
  const testers = rows.filter(({ state }) => state === 'new').map((row) => newTester(context, row, request));
  const added = await telling(() =>
    context.transaction(async (sql) => {
      const ids = await insert(sql, context, testers);
      // Somebody brought one of them in meanwhile: who is being removed by now would be left out silently.
      if (ids.length < testers.length) await requirePresent(sql, testers);
      const counts = {
        rows: rows.length,
        added: ids.length,
        wrong: rows.filter(({ state }) => state === 'wrong').length,
      };
      await recordAudit(sql, context, { action: 'tester.import', after: counts });
      return new Set(ids);
    }),
  );
  const existed = new Set(testers.filter(({ id }) => !added.has(id)).map(({ emailKey }) => emailKey));
  return { rows: rows.map((row) => (existed.has(row.emailKey) ? { ...row, state: 'exists' } : row)), done: true };
}

/** What stands against each row in the database, and what becomes of it. */
async function judge(sql: Sql, rows: readonly Row[]): Promise<ImportedRow[]> {
  const [known, hosts] = await Promise.all([
    findByEmailKeys(
      sql,
      rows.map(({ emailKey }) => emailKey),
    ),
    findPlatformHosts(
      sql,
      rows.flatMap(({ host }) => host || []),
    ),
  ]);
  const byEmail = new Map(known.map((tester) => [tester.emailKey, tester]));
  const byHost = new Map([
    ...hosts.map((host) => [host.name, host] as const),
    ...hosts.map((host) => [host.id, host] as const),
  ]);
  return rows.map((row) => {
    const tester = byEmail.get(row.emailKey);
    const host = row.host === '' ? undefined : byHost.get(row.host);
    const problems = [
      ...row.problems,
      ...nameProblems(row),
      ...(tester?.wanted === 'absent' ? ['They are being removed: wait until nothing is left of them.'] : []),
      ...(row.host !== '' && !host ? [`The platform has no machine ${row.host}.`] : []),
      ...(host?.testerId && host.testerId !== tester?.id ? [`The machine ${row.host} is another tester’s.`] : []),
    ];
    const state = problems.length > 0 ? 'wrong' : tester ? 'exists' : 'new';
    return { ...row, problems, state, hostId: host?.id ?? null };
  });
}

/** A name can be of nothing but what cannot be seen. */
function nameProblems({ name }: Row): string[] {
  if (name === '') return [];
  try {
    displayName('name', name);
    return [];
  } catch (error) {
    if (error instanceof Refusal) return [error.message];
    throw error;
  }
}

const newTester = (context: Context, row: ImportedRow, { template, limits }: ImportRequest): NewTester => ({
  ...limitsFrom(limits),
  id: newId('tester'),
  name: displayName('name', row.name),
  email: row.email,
  emailKey: row.emailKey,
  template: row.template || template || 'base',
  templateTeamId: templateTeamOf(context),
  hostId: row.hostId,
});

async function requirePresent(sql: Sql, testers: readonly NewTester[]): Promise<void> {
  const known = await findByEmailKeys(
    sql,
    testers.map(({ emailKey }) => emailKey),
  );
  if (known.length < testers.length || known.some(({ wanted }) => wanted === 'absent'))
    throw conflict('Testers of this CSV were removed a moment ago.');
}
