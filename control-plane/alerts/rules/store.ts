import type { Sql } from '../../database/index.ts';
import { kindNames } from './kinds.ts';
import type { AlertRule } from './rule.ts';

const ruleRow = (sql: Sql) => sql`
  select id, name, kind, hold_ms::float8 as "holdMs", repository, labels, channel_ids as "channelIds", enabled,
    tell_resolved as "tellResolved", updated_at as "updatedAt",
    (select count(*)::int from alerts where rule_id = alert_rules.id and state = 'firing') as firing
  from alert_rules
`;

/** All rules of kinds that this version knows, by name; a newer replica may have brought others. */
export const readRules = (sql: Sql) =>
  sql<AlertRule[]>`${ruleRow(sql)} where kind::text = any(${kindNames}::text[]) order by lower(name), id`;

export async function findRule(sql: Sql, id: string): Promise<AlertRule | undefined> {
  const [row] = await sql<AlertRule[]>`${ruleRow(sql)} where id = ${id}`;
  return row;
}

/** The same, held until the transaction ends. */
export async function lockRule(sql: Sql, id: string): Promise<AlertRule | undefined> {
  const [row] = await sql<AlertRule[]>`${ruleRow(sql)} where id = ${id} for update of alert_rules`;
  return row;
}

export type RuleSettings = Omit<AlertRule, 'id' | 'kind' | 'updatedAt' | 'firing'>;

export const insertRule = (
  sql: Sql,
  rule: RuleSettings & Pick<AlertRule, 'id' | 'kind'> & { readonly createdBy: string },
) => sql`
  insert into alert_rules (id, name, kind, hold_ms, repository, labels, channel_ids, enabled, tell_resolved, created_by)
  values (${rule.id}, ${rule.name}, ${rule.kind}, ${rule.holdMs}, ${rule.repository}, ${JSON.stringify(rule.labels)}::text::jsonb,
    ${rule.channelIds as string[]}::text[], ${rule.enabled}, ${rule.tellResolved}, ${rule.createdBy})
`;

export const writeRule = (sql: Sql, id: string, rule: RuleSettings) => sql`
  update alert_rules set name = ${rule.name}, hold_ms = ${rule.holdMs}, repository = ${rule.repository},
    labels = ${JSON.stringify(rule.labels)}::text::jsonb, channel_ids = ${rule.channelIds as string[]}::text[],
    enabled = ${rule.enabled}, tell_resolved = ${rule.tellResolved}, updated_at = now()
  where id = ${id}
`;

export const deleteRule = (sql: Sql, id: string) => sql`delete from alert_rules where id = ${id}`;
