import type { Sql } from '../database/index.ts';
import type { Approval, Operation } from './approval.ts';

const approvalRow = (sql: Sql) => sql`
  select approval.id, approval.team_id as "teamId", team.name as "teamName",
    (select count(*)::int from team_members member join users owner on owner.id = member.user_id
      where member.team_id = team.id and member.role = 'owner' and owner.active) as owners,
    approval.operation, approval.identity_id as "identityId",
    approval.identity_name as "identityName", approval.request, approval.requested_by as "requestedBy",
    requester.name as "requestedByName", approval.requested_at as "requestedAt", ${requestedMicros(sql)}::text as "requestedMicros",
    approval.expires_at as "expiresAt", approval.decided_by as "decidedBy", decider.name as "decidedByName",
    approval.decided_at as "decidedAt",
    case when approval.state in ('pending', 'approved') and approval.expires_at <= now() then 'expired'
      else approval.state::text end as state
  from approvals approval
  join teams team on team.id = approval.team_id and team.deleted_at is null
  join users requester on requester.id = approval.requested_by
  left join users decider on decider.id = approval.decided_by
`;

const requestedMicros = (sql: Sql) => sql`(extract(epoch from approval.requested_at) * 1000000)::bigint`;

/** A request, if its team may be seen. */
export const findApproval = async (
  sql: Sql,
  id: string,
  visible: { readonly all: boolean; readonly teamIds: readonly string[] },
): Promise<Approval | undefined> => {
  const [row] = await sql<Approval[]>`
    ${approvalRow(sql)}
    where approval.id = ${id} and (${visible.all} or approval.team_id = any(${visible.teamIds as string[]}::text[]))
  `;
  return row;
};

/** The requests of a team, or of all, newest first; only those that can still be decided or carried out, or all. */
export const listApprovals = (
  sql: Sql,
  filter: { teamId: string | undefined; decided: boolean; after: readonly string[] | undefined; limit: number },
) => sql<Approval[]>`
  ${approvalRow(sql)}
  where ${filter.teamId === undefined ? sql`true` : sql`approval.team_id = ${filter.teamId}`}
    and (${filter.decided} or (approval.state in ('pending', 'approved') and approval.expires_at > now()))
    and ${filter.after ? sql`(${requestedMicros(sql)}, approval.id) < (${filter.after[0]!}::bigint, ${filter.after[1]!})` : sql`true`}
  order by approval.requested_at desc, approval.id desc
  limit ${filter.limit}
`;

/** The request of this person for exactly this that is neither over nor carried out. */
export const findOpen = async (
  sql: Sql,
  { requestedBy, operation, request }: { requestedBy: string; operation: Operation; request: string },
): Promise<{ id: string; state: 'pending' | 'approved' } | undefined> => {
  const [row] = await sql<{ id: string; state: 'pending' | 'approved' }[]>`
    select id, state from approvals
    where requested_by = ${requestedBy} and operation = ${operation} and state in ('pending', 'approved')
      and expires_at > now() and request = ${request}
  `;
  return row;
};

export const insertApproval = (
  sql: Sql,
  approval: {
    id: string;
    teamId: string;
    operation: Operation;
    identityId: string | undefined;
    identityName: string;
    request: string;
    requestedBy: string;
    lifeMs: number;
  },
) => sql`
  insert into approvals (id, team_id, operation, identity_id, identity_name, request, requested_by, expires_at)
  values (${approval.id}, ${approval.teamId}, ${approval.operation}, ${approval.identityId ?? null}, ${approval.identityName},
    ${approval.request}, ${approval.requestedBy}, now() + ${approval.lifeMs}::float8 * interval '1 millisecond')
`;

/** Writes a decision. An approved request can be repeated for as long again. */
export const decideApproval = (
  sql: Sql,
  id: string,
  { state, by, lifeMs }: { state: 'approved' | 'rejected'; by: string; lifeMs: number },
) => sql`
  update approvals set state = ${state}, decided_by = ${by}, decided_at = now(),
    expires_at = now() + ${lifeMs}::float8 * interval '1 millisecond'
  where id = ${id}
`;

export const finishApproval = (sql: Sql, id: string) => sql`update approvals set state = 'done' where id = ${id}`;
