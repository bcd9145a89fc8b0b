-- Testers: what was asked for, what there is of it, and how far each step is.
-- Back: create or replace view subject_names without testers (0040); drop table tester_steps, testers;
--       drop type tester_step_state, tester_step.

-- In the order in which people read them.
create type tester_step as enum ('account', 'team', 'keys', 'machine', 'sandbox', 'welcome');
-- While a tester is wanted absent, of undoing it.
create type tester_step_state as enum ('waiting', 'running', 'done', 'skipped', 'failed');

create table testers (
  id text primary key,
  name text not null,
  email text not null,
  -- Of two who bring the same address in at once, one does.
  email_key text not null unique,
  wanted text not null default 'present' check (wanted in ('present', 'absent')),
  template text not null,
  -- Null: what sandboxes have by default.
  cpu_millis integer,
  memory_mib integer,
  disk_mib integer,
  pids integer,
  -- The machine that is to be theirs alone.
  host_id text references hosts,
  user_id text references users,
  -- The account was made for them, and goes with them.
  account_made boolean not null default false,
  team_id text references teams,
  -- The last one that was made.
  sandbox_id text,
  added_by text not null,
  added_at timestamptz not null default now(),
  revision bigint not null default 1
);
create index testers_by_name on testers (name, id);
create index testers_by_user on testers (user_id) where user_id is not null;
create unique index testers_by_host on testers (host_id) where host_id is not null;

create table tester_steps (
  tester_id text not null references testers on delete cascade,
  kind tester_step not null,
  state tester_step_state not null default 'waiting',
  -- What came of it, or why not, for people.
  sentence text not null default '',
  -- Whoever carries it out writes only while it is still their attempt.
  attempts integer not null default 0,
  -- In a row, of those that are tried again by themselves.
  failures integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  primary key (tester_id, kind)
);
create index tester_steps_to_do on tester_steps (next_attempt_at) where state in ('waiting', 'running');

create or replace view subject_names as
  select id, name from users
  union all select id, name from teams
  union all select id, name from hosts
  union all select id, name from repositories
  union all select id, name from api_keys
  union all select id, name from machine_identities
  union all select id, name from testers;
