import type { Sql } from '../../database/index.ts';

/** How many of a team's machines, or of the installation's own, are current. */
export interface TeamStanding {
  readonly teamId: string | null;
  readonly hosts: number;
  readonly current: number;
}

/** Writes down how all of them stand at one moment. */
export const writeStandings = async (sql: Sql, at: Date, standings: readonly TeamStanding[]): Promise<void> =>
  void (await sql`
    insert into fleet_standings (at, team_id, hosts, current_hosts)
    select ${at}, standing.team_id, standing.hosts, standing.current_hosts
    from unnest(
      ${standings.map(({ teamId }) => teamId)}::text[], ${standings.map(({ hosts }) => hosts)}::integer[],
      ${standings.map(({ current }) => current)}::integer[]
    ) as standing(team_id, hosts, current_hosts)
    left join teams team on team.id = standing.team_id
    where standing.team_id is null or team.id is not null
  `);

export interface Standing {
  readonly at: Date;
  readonly hosts: number;
  readonly current: number;
}

interface Asked {
  /** All machines, or those of these teams and the installation's own. */
  readonly all: boolean;
  readonly teamIds: readonly string[];
  readonly from: Date;
  /** One standing in so many seconds: the last. */
  readonly stepSeconds: number;
}

/** How the fleet stood, oldest first. */
export const listStandings = (sql: Sql, { all, teamIds, from, stepSeconds }: Asked) => sql<Standing[]>`
  with standing as (
    select at, sum(hosts)::integer as hosts, sum(current_hosts)::integer as current
    from fleet_standings
    where at >= ${from} and (${all} or team_id is null or team_id = any(${teamIds as string[]}::text[]))
    group by at
  )
  select distinct on (step) at, hosts, current
  from (select date_bin(make_interval(secs => ${stepSeconds}), at, timestamptz 'epoch') as step, * from standing) binned
  order by step, at desc
`;

/** Nobody asks for what was longer ago. */
export const forgetOldStandings = (sql: Sql) => sql`delete from fleet_standings where at < now() - interval '32 days'`;
