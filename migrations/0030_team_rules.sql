-- What teams allow, what they may use, and ownership that is on its way from one member to another.
-- Back: drop table ownership_offers; alter table teams drop column invite_policy, drop column require_second_factor,
--       drop column quota_sandboxes, drop column quota_cpu_millis, drop column quota_memory_mib, drop column quota_disk_mib,
--       drop column request_id; drop type invite_policy;

create type invite_policy as enum ('admins', 'members');

alter table teams
  add column invite_policy invite_policy not null default 'admins',
  add column require_second_factor boolean not null default false,
  -- Null: no limit of its own.
  add column quota_sandboxes integer check (quota_sandboxes > 0),
  add column quota_cpu_millis bigint check (quota_cpu_millis > 0),
  add column quota_memory_mib bigint check (quota_memory_mib > 0),
  add column quota_disk_mib bigint check (quota_disk_mib > 0),
  -- The maker's id and the request id that they chose.
  add column request_id text unique;

create table ownership_offers (
  team_id text not null,
  user_id text not null,
  offered_by text not null references users,
  -- Whether the one who offers becomes an admin.
  step_down boolean not null,
  offered_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (team_id, user_id),
  -- An offer goes with the membership.
  foreign key (team_id, user_id) references team_members on delete cascade
);
