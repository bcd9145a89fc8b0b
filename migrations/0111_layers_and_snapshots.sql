-- Layers that sandboxes stand on, wherever they are, and snapshots.
-- Back: drop view needed_layers, layers_under_way; drop table snapshots, layers; drop type snapshot_state;
--       alter table sandboxes drop column layers; alter table hosts drop column layers, drop column template_digests.

create table layers (
  -- sha256:… of its archive.
  digest text primary key,
  -- Null until the store has it whole.
  size_bytes bigint,
  stored_at timestamptz,
  -- Was brought by somebody, to be used within an hour.
  kept boolean not null default false,
  created_at timestamptz not null default now()
);
create index layers_not_stored on layers (created_at) where stored_at is null;

alter table hosts
  -- Digests as the host reports them: what can be taken from it again, and the templates that it made by itself.
  add column layers text[] not null default '{}',
  add column template_digests text[] not null default '{}';

alter table sandboxes
  -- What it stands on, bottom first. Empty: the host's own template of that name.
  add column layers text[] not null default '{}';

create type snapshot_state as enum ('creating', 'ready', 'failed', 'deleted');

create table snapshots (
  id text primary key,
  team_id text not null references teams,
  name text not null default '',
  sandbox_id text not null references sandboxes,
  template text not null,
  created_by text not null,
  request_id text,
  -- Where it is made.
  host_id text not null references hosts,
  state snapshot_state not null default 'creating',
  reason text not null default '',
  -- Bottom first; its own is the last.
  layers text[] not null default '{}',
  size_bytes bigint not null default 0,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index snapshots_by_request on snapshots (team_id, request_id) where request_id is not null;
create index snapshots_by_team on snapshots (team_id, created_at desc, id desc) where state <> 'deleted';
create index snapshots_under_way on snapshots (host_id) where state = 'creating';

-- What something still stands on.
create view needed_layers as
  select unnest(layers) as digest, null::text as host_id from snapshots where state = 'ready'
  union all
  select unnest(layers), host_id from sandboxes where observed not in ('destroyed', 'failed');

-- Where something is being made whose digest is not known yet.
create view layers_under_way as
  select host_id from snapshots where state = 'creating';
