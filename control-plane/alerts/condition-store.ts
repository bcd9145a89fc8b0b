import type { Sql } from '../database/index.ts';
import type { Condition } from './rules/judge.ts';

/** When the fleet was last looked at; held until the transaction ends, so that nobody else samples meanwhile. */
export async function lockSample(sql: Sql): Promise<Date | null> {
  const [row] = await sql<{ sampledAt: Date | null }[]>`
    select sampled_at as "sampledAt" from alert_samples for update
  `;
  return row!.sampledAt; // the migration put the one row there
}

export const markSampled = (sql: Sql, at: Date) => sql`update alert_samples set sampled_at = ${at}`;

export async function readSampledAt(sql: Sql): Promise<Date | null> {
  const [row] = await sql<{ sampledAt: Date | null }[]>`select sampled_at as "sampledAt" from alert_samples`;
  return row!.sampledAt; // the migration put the one row there
}

type RuleCondition = Condition & { readonly ruleId: string };

/** What all rules have seen so far. */
export const readConditions = (sql: Sql) => sql<RuleCondition[]>`
  select rule_id as "ruleId", subject, since, seen, missed, alert_id as "alertId" from alert_conditions order by rule_id, subject
`;

export async function writeConditions(sql: Sql, ruleId: string, conditions: readonly Condition[]): Promise<void> {
  if (conditions.length === 0) return;
  await sql`
    insert into alert_conditions (rule_id, subject, since, seen, missed, alert_id)
    select ${ruleId}, * from unnest(${conditions.map(({ subject }) => subject)}::text[],
      ${conditions.map(({ since }) => since.toISOString())}::text[]::timestamptz[], ${conditions.map(({ seen }) => seen)}::int[],
      ${conditions.map(({ missed }) => missed)}::int[], ${conditions.map(({ alertId }) => alertId)}::text[])
    on conflict (rule_id, subject) do update
      set since = excluded.since, seen = excluded.seen, missed = excluded.missed, alert_id = excluded.alert_id
  `;
}

export async function dropConditions(sql: Sql, ruleId: string, subjects: readonly string[]): Promise<void> {
  if (subjects.length === 0) return;
  await sql`delete from alert_conditions where rule_id = ${ruleId} and subject = any(${subjects as string[]}::text[])`;
}

export const forgetConditions = (sql: Sql, ruleId: string) => sql`
  delete from alert_conditions where rule_id = ${ruleId}
`;
