-- Bringing components on hosts to a commit.
-- Back: drop view rolling_out; drop table rollout_logs, rollout_updates, rollouts; drop type update_state, rollout_state;

create type rollout_state as enum ('running', 'paused', 'stopping', 'succeeded', 'failed', 'aborted');
create type update_state as enum
  ('queued', 'running', 'verifying', 'returning', 'succeeded', 'failed', 'superseded', 'aborted', 'skipped');

create table rollouts (
  id text primary key,
  -- Its name: what was done stays readable after the repository is gone.
  repository text not null,
  components text[] not null,
  target_sha text not null,
  target_subject text not null default '',
  canary_hosts integer not null,
  batch_size integer not null,
  soak_ms bigint not null,
  max_failures integer not null,
  catch_up boolean not null,
  catch_up_ms bigint not null,
  verify_ms bigint not null,
  return_on_failure boolean not null,
  reason text not null default '',
  created_by text not null,
  created_at timestamptz not null default now(),
  request_id text unique,
  state rollout_state not null default 'running',
  -- What it will have been once nothing of it is under way any more.
  outcome rollout_state check (outcome in ('failed', 'aborted')),
  -- Why it stops or ended, in one sentence.
  sentence text not null default '',
  batch integer not null,
  soak_began_at timestamptz,
  ended_at timestamptz
);
create index rollouts_newest on rollouts (created_at desc, id desc);
create index rollouts_under_way on rollouts (id) where state in ('running', 'paused', 'stopping');

create table rollout_updates (
  id text primary key,
  rollout_id text not null references rollouts on delete cascade,
  host_id text not null references hosts,
  component text not null,
  -- Its place among the components of its host.
  place integer not null,
  batch integer not null,
  state update_state not null default 'queued',
  reason text not null default '',
  from_sha text not null default '',
  started_at timestamptz,
  ended_at timestamptz,
  -- The command that runs on the host: the update, or the return to the commit before.
  command_id text unique,
  command_ended_at timestamptz,
  command_problem text not null default '',
  stop_asked boolean not null default false,
  log_offset bigint not null default 0,
  last_line text not null default '',
  unique (rollout_id, host_id, component)
);
-- One rollout per component and host at a time.
create unique index rollout_updates_under_way on rollout_updates (host_id, component)
  where state in ('queued', 'running', 'verifying', 'returning');

-- What update commands wrote, in the order in which it can be read.
create table rollout_logs (
  sequence bigint generated always as identity primary key,
  rollout_id text not null references rollouts on delete cascade,
  update_id text not null references rollout_updates on delete cascade,
  text text not null,
  at timestamptz not null default now()
);
create index rollout_logs_in_order on rollout_logs (rollout_id, sequence);

-- What a rollout is bringing forward now.
create view rolling_out as
  select host_id, component, rollout_id from rollout_updates where state in ('running', 'verifying', 'returning');
