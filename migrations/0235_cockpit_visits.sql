-- Up to when users have seen what changed in their teams.
-- Back: drop table cockpit_visits.

create table cockpit_visits (
  user_id text not null references users,
  team_id text not null references teams,
  -- The time of the newest change that was seen.
  seen_until timestamptz not null,
  -- Grows with each visit; whoever says that they have seen something names the one they looked at.
  visit bigint not null default 1,
  primary key (user_id, team_id)
);
