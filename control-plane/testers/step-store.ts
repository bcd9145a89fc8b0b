import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';
import { standsBefore } from './states.ts';
import { stepKinds, type StepKind, type Tester } from './tester.ts';

/** For each step in each direction, as the database writes arrays: what has to have ended before. */
const orders = (['present', 'absent'] as const).flatMap((wanted) =>
  stepKinds.map((kind) => ({ wanted, kind, before: `{${standsBefore(kind, wanted).join()}}` })),
);

/** A step that can be carried out now. */
export interface DueStep {
  readonly testerId: string;
  readonly kind: StepKind;
}

/** Steps whose turn it is, of all testers, or of one: nothing that has to be done, or undone, before them is left. */
export const findDueSteps = (sql: Sql, limit: number, testerId?: string) => sql<DueStep[]>`
  with orders as (
    select wanted, kind::tester_step, before::tester_step[]
    from unnest(${orders.map(({ wanted }) => wanted)}::text[], ${orders.map(({ kind }) => kind)}::text[],
      ${orders.map(({ before }) => before)}::text[]) as orders(wanted, kind, before)
  ),
  unfinished as (
    select tester_id, array_agg(kind) as kinds from tester_steps
    where state not in ('done', 'skipped') ${testerId === undefined ? sql`` : sql`and tester_id = ${testerId}`}
    group by tester_id
  )
  select step.tester_id as "testerId", step.kind
  from unfinished
  join tester_steps step on step.tester_id = unfinished.tester_id
  join testers tester on tester.id = step.tester_id
  join orders on orders.wanted = tester.wanted and orders.kind = step.kind
  where step.state in ('waiting', 'running') and step.next_attempt_at <= now() and not unfinished.kinds && orders.before
  order by step.next_attempt_at, step.tester_id, step.kind
  limit ${limit}
`;

/** Whose attempt it is, and since when the step is under way. */
export interface Claim {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly failures: number;
}

/** Begins a step, or goes on with it. Undefined where it is not to be done any more. */
export const claimStep = async (
  sql: Sql,
  { id, wanted }: Pick<Tester, 'id' | 'wanted'>,
  kind: StepKind,
): Promise<Claim | undefined> => {
  const [row] = await sql<Claim[]>`
    with claimed as (
      update tester_steps step
      set state = 'running', attempts = attempts + 1, started_at = case when step.state = 'waiting' then now() else started_at end
      from testers tester
      where tester.id = ${id} and step.tester_id = tester.id and step.kind = ${kind} and tester.wanted = ${wanted}
        and step.state in ('waiting', 'running')
      returning step.attempts, step.started_at, step.failures
    ),
    told as (update testers set revision = revision + 1 from claimed where id = ${id})
    select attempts as attempt, started_at as "startedAt", failures, ${announcement(sql, 'tester', sql`${id}`)} from claimed
  `;
  return row;
};

/** How an attempt ended. */
export interface StepEnd {
  readonly state: 'running' | 'done' | 'skipped' | 'failed';
  readonly sentence: string;
  /** Of what is looked at, or tried, again by itself. */
  readonly againInMs: number;
  readonly failures: number;
}

/** Writes how an attempt ended, unless something else is wanted by now. Answers whether it was still theirs. */
export const endAttempt = async (
  sql: Sql,
  testerId: string,
  kind: StepKind,
  attempt: number,
  end: StepEnd,
): Promise<boolean> => {
  const rows = await sql`
    with ended as (
      update tester_steps
      set state = ${end.state}, sentence = ${end.sentence.slice(0, 1000)}, failures = ${end.failures},
        next_attempt_at = now() + ${end.againInMs} * interval '1 millisecond',
        ended_at = case when ${end.state === 'running'} then null else now() end
      where tester_id = ${testerId} and kind = ${kind} and attempts = ${attempt} and state = 'running'
      returning tester_id
    ),
    told as (update testers set revision = revision + 1 from ended where id = tester_id)
    select ${announcement(sql, 'tester', sql`tester_id`)} from ended
  `;
  return rows.length === 1;
};

/** Has steps done again; answers which. */
export const retrySteps = (sql: Sql, testerId: string, kinds: readonly StepKind[]) => sql<{ kind: StepKind }[]>`
  with again as (
    update tester_steps
    set state = 'waiting', sentence = '', failures = 0, next_attempt_at = now(), started_at = null, ended_at = null
    where tester_id = ${testerId} and kind::text = any(${kinds as StepKind[]}::text[]) and state in ('done', 'skipped', 'failed')
    returning kind
  ),
  told as (update testers set revision = revision + 1 where id = ${testerId} and exists (select from again))
  select kind, ${announcement(sql, 'tester', sql`${testerId}`)} from again
`;

/** Has everything done again that has failed, of everybody; answers what, by tester. */
export const retryFailed = (sql: Sql) => sql<{ testerId: string; steps: StepKind[] }[]>`
  with again as (
    update tester_steps
    set state = 'waiting', sentence = '', failures = 0, next_attempt_at = now(), started_at = null, ended_at = null
    where state = 'failed'
    returning tester_id, kind
  ),
  retried as (select tester_id, array_agg(kind::text) as steps from again group by tester_id),
  told as (update testers set revision = revision + 1 from retried where id = tester_id)
  select tester_id as "testerId", steps, ${announcement(sql, 'tester', sql`tester_id`)} from retried
`;

/** The mail that welcomes them was handed over: also after it had been given up as late. */
export const markWelcomed = (sql: Sql, userId: string) => sql`
  with ended as (
    update tester_steps step
    set state = 'done', sentence = 'The mail was handed over to the mail server.', attempts = attempts + 1, failures = 0, ended_at = now()
    from testers tester
    where tester.user_id = ${userId} and tester.wanted = 'present' and step.tester_id = tester.id and step.kind = 'welcome'
      and step.state in ('running', 'failed')
    returning step.tester_id
  ),
  told as (update testers set revision = revision + 1 from ended where id = tester_id)
  select ${announcement(sql, 'tester', sql`tester_id`)} from ended
`;
