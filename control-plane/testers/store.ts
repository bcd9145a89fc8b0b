import type { Sql } from '../database/index.ts';
import { announcement } from '../events/index.ts';
import type { NewTester, Step, StepKind, Tester, TesterState } from './tester.ts';

/** Of the rows of a tester's steps, aliased `step`. */
const stateOf = (sql: Sql) => sql`
  case
    when tester.wanted = 'absent' and bool_or(step.state = 'failed') then 'removal_failed'
    when tester.wanted = 'absent' then 'removing'
    when bool_or(step.state = 'failed') then 'failed'
    when bool_and(step.state in ('done', 'skipped')) then 'ready'
    else 'provisioning'
  end
`;

const testerRow = (sql: Sql) => sql`
  select tester.id, tester.name, tester.email, tester.email_key as "emailKey", tester.wanted, tester.template,
    tester.template_team_id as "templateTeamId", tester.cpu_millis as "cpuMillis", tester.memory_mib as "memoryMib",
    tester.disk_mib as "diskMib", tester.pids, tester.host_id as "hostId", host.name as "hostName", tester.user_id as "userId",
    tester.account_made as "accountMade", tester.team_id as "teamId", team.name as "teamName", tester.sandbox_id as "sandboxId",
    coalesce(adder.name, tester.added_by) as "addedBy", tester.added_at as "addedAt", tester.revision::float8 as revision,
    (select max(session.last_used_at) from sessions session where session.user_id = tester.user_id) as "lastSeenAt",
    steps.state, steps.steps
  from testers tester
  cross join lateral (
    select ${stateOf(sql)} as state,
      jsonb_agg(jsonb_build_object(
        'kind', step.kind, 'state', step.state, 'sentence', step.sentence, 'startedAt', step.started_at,
        'endedAt', step.ended_at, 'nextAttemptAt', step.next_attempt_at
      ) order by step.kind) filter (where step.kind is not null) as steps
    from (select 1) one left join tester_steps step on step.tester_id = tester.id
  ) steps
  left join hosts host on host.id = tester.host_id
  left join teams team on team.id = tester.team_id and team.deleted_at is null
  left join subject_names adder on adder.id = split_part(tester.added_by, ':', 2)
`;

/** Times as JSON has them. */
type RawStep = Omit<Step, 'startedAt' | 'endedAt' | 'nextAttemptAt'> & {
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly nextAttemptAt: string;
};
type RawTester = Omit<Tester, 'steps'> & { readonly steps: readonly RawStep[] | null };

const date = (text: string | null): Date | null => (text === null ? null : new Date(text));

const toTester = (row: RawTester): Tester => ({
  ...row,
  steps: (row.steps ?? []).map((step) => ({
    ...step,
    startedAt: date(step.startedAt),
    endedAt: date(step.endedAt),
    nextAttemptAt: new Date(step.nextAttemptAt),
  })),
});

/** Testers by id; unknown ones are left out. */
export const findTesters = async (sql: Sql, ids: readonly string[]): Promise<Tester[]> =>
  (
    await sql<RawTester[]>`
      ${testerRow(sql)} where tester.id = any(${ids as string[]}::text[]) order by tester.name, tester.id
    `
  ).map((row) => toTester(row));

export const findTester = async (sql: Sql, id: string): Promise<Tester | undefined> =>
  (await findTesters(sql, [id]))[0];

export interface TesterFilter {
  readonly search: string;
  /** Undefined: in all states. */
  readonly state: TesterState | undefined;
  /** Name and id of the last one of the page before. */
  readonly after: readonly string[] | undefined;
  readonly limit: number;
}

/** Testers by name. */
export const listTesters = async (sql: Sql, { search, state, after, limit }: TesterFilter): Promise<Tester[]> =>
  (
    await sql<RawTester[]>`
      ${testerRow(sql)}
      where (${search === ''} or strpos(lower(tester.name), lower(${search})) > 0 or strpos(tester.email_key, lower(${search})) > 0)
        and (${state === undefined} or steps.state = ${state ?? ''})
        and (${after === undefined} or (tester.name, tester.id) > (${after?.[0] ?? ''}, ${after?.[1] ?? ''}))
      order by tester.name, tester.id
      limit ${limit}
    `
  ).map((row) => toTester(row));

/** How many there are in each state. */
export const countTesters = (sql: Sql) => sql<{ state: TesterState; testers: number }[]>`
  select state, count(*)::int as testers
  from (
    select ${stateOf(sql)} as state
    from testers tester left join tester_steps step on step.tester_id = tester.id
    group by tester.id
  ) counted
  group by state
`;

/** Who is a tester already, of these addresses. */
export const findByEmailKeys = (sql: Sql, emailKeys: readonly string[]) => sql<
  { id: string; emailKey: string; wanted: 'present' | 'absent' }[]
>`
  select id, email_key as "emailKey", wanted from testers where email_key = any(${emailKeys as string[]}::text[])
`;

/** Makes testers with their steps, in the order of their addresses; leaves out those that there are. Answers who is new. */
export const insertTesters = (
  sql: Sql,
  testers: readonly NewTester[],
  kinds: readonly StepKind[],
  addedBy: string,
) => sql<{ id: string }[]>`
  with asked as (
    select * from unnest(
      ${testers.map(({ id }) => id)}::text[], ${testers.map(({ name }) => name)}::text[],
      ${testers.map(({ email }) => email)}::text[], ${testers.map(({ emailKey }) => emailKey)}::text[],
      ${testers.map(({ template }) => template)}::text[], ${testers.map(({ templateTeamId }) => templateTeamId)}::text[],
      ${testers.map(({ cpuMillis }) => cpuMillis)}::int[], ${testers.map(({ memoryMib }) => memoryMib)}::int[],
      ${testers.map(({ diskMib }) => diskMib)}::int[], ${testers.map(({ pids }) => pids)}::int[],
      ${testers.map(({ hostId }) => hostId)}::text[]
    ) as asked(id, name, email, email_key, template, template_team_id, cpu_millis, memory_mib, disk_mib, pids, host_id)
  ),
  added as (
    insert into testers
      (id, name, email, email_key, template, template_team_id, cpu_millis, memory_mib, disk_mib, pids, host_id, added_by)
    select asked.*, ${addedBy} from asked order by email_key
    on conflict (email_key) do nothing
    returning id, host_id
  ),
  steps as (
    insert into tester_steps (tester_id, kind)
    select added.id, kind::tester_step from added cross join unnest(${kinds as StepKind[]}::text[]) as kind
    where kind <> 'machine' or added.host_id is not null
  )
  select id, ${announcement(sql, 'tester', sql`id`)} from added
`;

/** Locks a tester against others who change what is wanted, or what there is. */
export const lockTester = async (
  sql: Sql,
  id: string,
): Promise<Pick<Tester, 'wanted' | 'userId' | 'accountMade' | 'teamId' | 'sandboxId'> | undefined> => {
  const [row] = await sql<Pick<Tester, 'wanted' | 'userId' | 'accountMade' | 'teamId' | 'sandboxId'>[]>`
    select wanted, user_id as "userId", account_made as "accountMade", team_id as "teamId", sandbox_id as "sandboxId"
    from testers where id = ${id} for update
  `;
  return row;
};

export const setAccount = (
  sql: Sql,
  id: string,
  account: { readonly userId: string; readonly made: boolean; readonly teamId: string | null },
) => sql`
  update testers set user_id = ${account.userId}, account_made = ${account.made}, team_id = ${account.teamId} where id = ${id}
`;

export const setTeam = (sql: Sql, id: string, teamId: string) => sql`
  update testers set team_id = ${teamId} where id = ${id}
`;

export const setSandbox = (sql: Sql, id: string, sandboxId: string) => sql`
  update testers set sandbox_id = ${sandboxId} where id = ${id}
`;

/** The team that somebody was made the only owner of, together with their account. */
export const findFirstTeam = async (sql: Sql, userId: string): Promise<string | undefined> => {
  const [row] = await sql<{ teamId: string }[]>`
    select team_id as "teamId" from team_members where user_id = ${userId} and role = 'owner' order by joined_at, team_id limit 1
  `;
  return row?.teamId;
};

/** What goes with a team: its sandboxes that have not ended, and its members beside the tester. */
export const countGoing = async (
  sql: Sql,
  { teamId, userId }: Pick<Tester, 'teamId' | 'userId'>,
): Promise<{ sandboxes: number; coUsers: number }> => {
  const [row] = await sql<{ sandboxes: number; coUsers: number }[]>`
    select
      (select count(*)::int from sandboxes where team_id = ${teamId} and observed not in ('destroyed', 'failed')) as sandboxes,
      (
        select count(*)::int from team_members member join teams team on team.id = member.team_id
        where member.team_id = ${teamId} and team.deleted_at is null and member.user_id <> ${userId ?? ''}
      ) as "coUsers"
  `;
  return row!; // one row always
};

/** Has all of them undone. Answers false where that is wanted already. */
export const wantAbsent = async (sql: Sql, id: string): Promise<boolean> => {
  const rows = await sql`
    update testers set wanted = 'absent', revision = revision + 1 where id = ${id} and wanted = 'present' returning id
  `;
  if (rows.length === 0) return false;
  await sql`
    update tester_steps
    set state = 'waiting', sentence = '', attempts = attempts + 1, failures = 0, next_attempt_at = now(), started_at = null, ended_at = null
    where tester_id = ${id}
  `;
  return true;
};

/** Forgets those of whom nothing is left. */
export const forgetRemoved = (sql: Sql) => sql<{ id: string }[]>`
  delete from testers tester
  where tester.wanted = 'absent'
    and not exists (select from tester_steps step where step.tester_id = tester.id and step.state not in ('done', 'skipped'))
  returning id
`;
