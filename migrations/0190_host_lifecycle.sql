-- Drains, clones that show by their heartbeats, disruption, and drift after an older database was restored.
-- Back: drop view sandboxes_left; drop table host_drains, fleet_disruption, database_life; drop type drain_action, drain_state;
--       drop sequence state_sequence; alter table unknown_sandboxes drop column released_at;
--       alter table hosts drop column retired_instances, drop column instance_returns, drop column instance_returned_at,
--       drop column ahead_at, drop column drift_held, drop column reestablished_at;

create type drain_action as enum ('wait', 'stop', 'destroy');
create type drain_state as enum ('draining', 'drained', 'gave_up');

-- The last drain of a host; uncordoning it takes it away. What went before stands in the audit.
create table host_drains (
  host_id text primary key references hosts,
  state drain_state not null default 'draining',
  action drain_action not null,
  reason text not null,
  started_at timestamptz not null default now(),
  -- Null: it waits for ever.
  deadline_at timestamptz,
  ended_at timestamptz,
  sandboxes_at_start integer not null default 0,
  progress text not null default ''
);
create index host_drains_under_way on host_drains (started_at) where state = 'draining';

-- What stands in the way of a drain: `active` of one that leaves stopped sandboxes where they are, `live` of one that does not.
create view sandboxes_left as
  select host_id, count(*)::int as live, count(*) filter (where not (observed = 'stopped' and wanted <> 'running'))::int as active
  from sandboxes
  where observed not in ('destroyed', 'failed')
  group by host_id;

alter table hosts
  -- Agent instances that another one has followed, newest first. An instance is made anew at each start, so one that comes
  -- back again and again lives beside the other: the host's credentials were copied.
  add column retired_instances text[] not null default '{}',
  add column instance_returns integer not null default 0,
  add column instance_returned_at timestamptz,
  -- While the database is older than what hosts have seen: when this one showed that, how much of it waits, and when it
  -- proved itself by its key.
  add column ahead_at timestamptz,
  add column drift_held integer not null default 0,
  add column reestablished_at timestamptz;

alter table unknown_sandboxes
  -- An operator has let it go on.
  add column released_at timestamptz;

-- One row while most hosts are silent at once.
create table fleet_disruption (
  only_one boolean primary key default true check (only_one),
  since timestamptz not null default now(),
  silent integer not null,
  online integer not null
);

-- Only grows; answers to hosts carry it. A restored database has an older one.
create sequence state_sequence;

create table database_life (
  only_one boolean primary key default true check (only_one),
  -- Another one begins when drift is settled.
  generation text not null default gen_random_uuid()::text,
  drift_since timestamptz,
  drift_host_id text references hosts,
  drift_steps bigint not null default 0,
  window_until timestamptz
);
insert into database_life default values;
