import type { Sql } from '../database/index.ts';
import type { Alert, Member } from './alert.ts';
import { kindNames } from './rules/kinds.ts';

const alertColumns = (sql: Sql) => sql`
  id, rule_id as "ruleId", rule_name as "ruleName", kind, digest, state, sentence, repository, sha, members,
  started_at as "startedAt", told_at as "toldAt", resolved_at as "resolvedAt"
`;

/** Of the kinds that this version knows: a newer replica may have brought others. */
const isKnown = (sql: Sql) => sql`kind::text = any(${kindNames}::text[])`;

/** What fires now. */
export const readFiring = (sql: Sql) => sql<Alert[]>`
  select ${alertColumns(sql)} from alerts where state = 'firing' and ${isKnown(sql)} order by started_at, id
`;

/** Newest first, from the one after `after` (its id) on. */
export const listAlerts = (sql: Sql, state: Alert['state'] | undefined, after: string | undefined, limit: number) =>
  sql<Alert[]>`
    select ${alertColumns(sql)} from alerts
    where ${state === undefined ? sql`true` : sql`state = ${state}`} and ${isKnown(sql)}
      and ${after === undefined ? sql`true` : sql`(started_at, id) < (select started_at, id from alerts where id = ${after})`}
    order by started_at desc, id desc
    limit ${limit}
  `;

export async function findAlert(sql: Sql, id: string): Promise<Alert | undefined> {
  const [row] = await sql<Alert[]>`select ${alertColumns(sql)} from alerts where id = ${id}`;
  return row;
}

/** Whether the rule has told of this before. */
export async function wasTold(sql: Sql, ruleId: string, digest: string): Promise<boolean> {
  const rows = await sql`select from alerts where rule_id = ${ruleId} and digest = ${digest} limit 1`;
  return rows.length > 0;
}

type NewAlert = Omit<Alert, 'state' | 'sentence' | 'members' | 'toldAt' | 'resolvedAt'>;

export const insertAlert = (sql: Sql, alert: NewAlert) => sql`
  insert into alerts (id, rule_id, rule_name, kind, digest, sentence, repository, sha, members, started_at)
  values (${alert.id}, ${alert.ruleId}, ${alert.ruleName}, ${alert.kind}, ${alert.digest}, '', ${alert.repository}, ${alert.sha},
    0, ${alert.startedAt})
`;

/** Says how an alert stands. */
export const writeStanding = (
  sql: Sql,
  alert: Pick<Alert, 'id' | 'sentence' | 'members' | 'toldAt' | 'resolvedAt'>,
) => sql`
  update alerts set sentence = ${alert.sentence}, members = ${alert.members}, told_at = ${alert.toldAt}, resolved_at = ${alert.resolvedAt},
    state = ${alert.resolvedAt === null ? 'firing' : 'resolved'}
  where id = ${alert.id}
`;

/** Ends what fires by a rule; without one, what fires by none. */
export const endAlertsOf = (sql: Sql, ruleId: string | null) => sql`
  with ended as (
    update alerts set state = 'resolved', resolved_at = now() where state = 'firing' and rule_id is not distinct from ${ruleId}
    returning id
  )
  update alert_members set left_at = now() from ended where alert_id = ended.id and left_at is null
`;

type NewMember = Omit<Member, 'told' | 'leftAt'>;

/** Puts machines into alerts. Who comes back is not told again. */
export async function joinMembers(sql: Sql, members: readonly NewMember[]): Promise<void> {
  if (members.length === 0) return;
  await sql`
    insert into alert_members (alert_id, subject, host_id, name, component, sentence, since, joined_at)
    select * from unnest(${members.map(({ alertId }) => alertId)}::text[], ${members.map(({ subject }) => subject)}::text[],
      ${members.map(({ hostId }) => hostId)}::text[], ${members.map(({ name }) => name)}::text[],
      ${members.map(({ component }) => component)}::text[], ${members.map(({ sentence }) => sentence)}::text[],
      ${members.map(({ since }) => since.toISOString())}::text[]::timestamptz[],
      ${members.map(({ joinedAt }) => joinedAt.toISOString())}::text[]::timestamptz[])
    on conflict (alert_id, subject) do update
      set sentence = excluded.sentence, since = excluded.since, joined_at = excluded.joined_at, left_at = null
  `;
}

export async function leaveMembers(
  sql: Sql,
  members: readonly Pick<Member, 'alertId' | 'subject'>[],
  at: Date,
): Promise<void> {
  if (members.length === 0) return;
  await sql`
    update alert_members member set left_at = ${at}
    from unnest(${members.map(({ alertId }) => alertId)}::text[], ${members.map(({ subject }) => subject)}::text[])
      as gone(alert_id, subject)
    where member.alert_id = gone.alert_id and member.subject = gone.subject and member.left_at is null
  `;
}

/** Members of these alerts, those who are in it first, at most so many of each. */
export const readMembers = (sql: Sql, alertIds: readonly string[], most: number | null = null) => sql<Member[]>`
  select member.* from unnest(${alertIds as string[]}::text[]) as alert(id)
  cross join lateral (
    select alert_id as "alertId", subject, host_id as "hostId", name, component, sentence, since, joined_at as "joinedAt", told,
      left_at as "leftAt"
    from alert_members where alert_id = alert.id
    order by left_at is not null, name, component, subject
    limit ${most}
  ) member
`;

/** Those who are in it have been told of. */
export const markMembersTold = (sql: Sql, alertId: string) => sql`
  update alert_members set told = true where alert_id = ${alertId} and left_at is null and not told
`;

/** Forgets what was over long ago. */
export const forgetOldAlerts = (sql: Sql) => sql`
  delete from alerts where state = 'resolved' and resolved_at < now() - interval '90 days'
`;

/** How many fire, by kind. */
export const countFiring = (sql: Sql) => sql<{ kind: Alert['kind']; firing: number }[]>`
  select kind, count(*)::int as firing from alerts where state = 'firing' group by kind
`;
