-- Sandboxes: what should be, what is, and where.
-- Back: drop table unknown_sandboxes, sandbox_events, sandbox_attempts, sandboxes;
--       drop type attempt_outcome, observed_state, wanted_state;

create type wanted_state as enum ('running', 'paused', 'stopped', 'destroyed');
create type observed_state as enum ('pending', 'running', 'paused', 'stopped', 'destroyed', 'failed', 'missing');

create table sandboxes (
  id text primary key,
  team_id text not null references teams,
  created_by text not null,
  request_id text,
  host_id text not null references hosts,
  template text not null,
  cpu_millis integer not null,
  memory_mib integer not null,
  disk_mib integer not null,
  pids integer not null,
  env jsonb not null default '{}',
  metadata jsonb not null default '{}',
  network text not null default 'none',
  on_disconnect text not null default 'pause' check (on_disconnect in ('pause', 'keep')),
  host_labels jsonb not null default '{}',

  wanted wanted_state not null default 'running',
  wanted_revision bigint not null default 1,
  observed observed_state not null default 'pending',
  -- Grows with every write of observed; the host's own revision of the last evidence stands beside it.
  observed_revision bigint not null default 1,
  host_revision bigint not null default 0,
  attempt integer not null default 1,
  -- When the call that places the present attempt ended (answered or failed): absence in an inventory that began
  -- before this is no evidence. Null while the call is under way.
  attempt_call_ended_at timestamptz,
  reason text not null default '',
  last_log text,

  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  expires_at timestamptz,
  last_activity_at timestamptz
);
create unique index sandboxes_by_request on sandboxes (team_id, request_id) where request_id is not null;
create index sandboxes_by_team on sandboxes (team_id, created_at desc, id desc);
create index sandboxes_by_host on sandboxes (host_id) where observed not in ('destroyed', 'failed');
create index sandboxes_by_expiry on sandboxes (expires_at) where observed not in ('destroyed', 'failed');

create type attempt_outcome as enum ('under_way', 'running', 'failed', 'unknown', 'never_started');

create table sandbox_attempts (
  sandbox_id text not null references sandboxes,
  attempt integer not null,
  host_id text not null references hosts,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  outcome attempt_outcome not null default 'under_way',
  reason text not null default '',
  primary key (sandbox_id, attempt)
);

create table sandbox_events (
  id bigint generated always as identity primary key,
  sandbox_id text not null references sandboxes,
  at timestamptz not null default now(),
  wanted wanted_state not null,
  observed observed_state not null,
  reason text not null,
  host_id text not null
);
create index sandbox_events_by_sandbox on sandbox_events (sandbox_id, id desc);

-- What hosts run and the database does not know. Frozen, and shown to an operator.
create table unknown_sandboxes (
  host_id text not null references hosts,
  sandbox_id text not null,
  attempt integer not null,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  gone_at timestamptz,
  note text not null default '',
  primary key (host_id, sandbox_id, attempt)
);
