-- How many machines were current, every ten minutes, by the team that they belong to.
-- Back: drop table fleet_standings;

create table fleet_standings (
  at timestamptz not null,
  -- Null for the installation's own machines.
  team_id text references teams on delete cascade,
  hosts integer not null,
  current_hosts integer not null,
  check (current_hosts between 0 and hosts)
);
create index fleet_standings_by_time on fleet_standings (at, team_id);
