-- Tester machines, their credentials and connections.
-- Back: drop table host_connections, host_refresh_tokens, host_families, join_tokens, hosts;
--       drop type host_status, refresh_token_state, family_state;

create type host_status as enum ('pending', 'online', 'unreachable', 'deleted');

create table hosts (
  id text primary key,
  name text not null,
  -- Null for the platform's own.
  team_id text references teams,
  status host_status not null default 'pending',
  labels jsonb not null default '{}',
  request_id text unique,
  created_at timestamptz not null default now(),
  created_by text references users,
  joined_at timestamptz,
  deleted_at timestamptz,

  -- A revoked or deleted host is refused at its next call: its tokens carry the epoch that they were made in.
  epoch integer not null default 1,
  enrolment_id text,
  public_key bytea,

  cordoned_at timestamptz,
  cordon_reason text,
  cordoned_by text references users,
  quarantined_at timestamptz,
  quarantine_reason text,

  -- As the agent reported it.
  arch text,
  cpus integer,
  memory_mib bigint,
  disk_mib bigint,
  os text,
  kernel text,
  hostname text,
  agent_version text,
  agent_sha text,
  runtime text not null default '',
  runtime_problem text not null default '',
  templates text[] not null default '{}',

  overcommit_cpu double precision not null default 16,
  overcommit_memory double precision not null default 1,
  overcommit_disk double precision not null default 1,

  boot_id text,
  instance_id text,
  last_sequence bigint,
  last_seen_at timestamptz,
  clock_skew_ms bigint not null default 0,
  reported_digest bytea,

  -- Round robin: the host whose number is smallest is next. Taken from placement_sequence.
  last_placement bigint not null default 0,

  reconciled_digest bytea,
  last_reconcile text not null default '',
  last_reconciled_at timestamptz
);
create unique index hosts_by_name on hosts (name) where status <> 'deleted';
create index hosts_by_silence on hosts (last_seen_at) where status = 'online';

create sequence placement_sequence;

create table join_tokens (
  id text primary key,
  token_hash bytea not null,
  host_id text not null references hosts,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  used_at timestamptz,
  -- What it was used with: the same key and hash again is the same enrolment.
  used_public_key bytea,
  used_refresh_hash bytea,
  enrolment_id text
);
create index join_tokens_by_host on join_tokens (host_id);

create type family_state as enum ('active', 'locked', 'ended');

-- The refresh tokens that descend from one enrolment.
create table host_families (
  id text primary key,
  host_id text not null references hosts,
  enrolment_id text not null unique,
  state family_state not null default 'active',
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now(),
  reason text
);
create unique index host_families_one_active on host_families (host_id) where state = 'active';

create type refresh_token_state as enum ('pending', 'current', 'spent');

create table host_refresh_tokens (
  id text primary key,
  token_hash bytea not null,
  family_id text not null references host_families,
  state refresh_token_state not null,
  -- Counts within the family; access tokens carry it as `gen`.
  generation integer not null,
  successor_hash bytea,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  spent_at timestamptz
);
create unique index host_refresh_tokens_one_current on host_refresh_tokens (family_id) where state = 'current';
create unique index host_refresh_tokens_one_pending on host_refresh_tokens (family_id) where state = 'pending';

create table host_connections (
  host_id text primary key references hosts,
  generation bigint not null,
  replica_id text not null,
  instance_id text not null,
  connected_at timestamptz not null default now(),
  -- Renewed by the replica that holds it; a row that is not renewed is a dead replica's.
  alive_at timestamptz not null default now()
);
