-- Templates of teams, in versions.
-- Back: create or replace the views as in 0111; drop table templates; drop type template_state.

create type template_state as enum ('building', 'ready', 'superseded', 'failed', 'deleted');

create table templates (
  id text primary key,
  team_id text not null references teams,
  name text not null,
  version integer not null,
  -- What it was made from, in words; never a secret.
  source text not null,
  created_by text not null,
  request_id text,
  -- Where it is built; null where nothing has to be.
  host_id text references hosts,
  state template_state not null default 'building',
  reason text not null default '',
  -- Bottom first.
  layers text[] not null default '{}',
  created_at timestamptz not null default now(),
  unique (team_id, name, version)
);
create unique index templates_by_request on templates (team_id, request_id) where request_id is not null;
create unique index templates_ready on templates (team_id, name) where state = 'ready';

create or replace view needed_layers as
  select unnest(layers) as digest, null::text as host_id from snapshots where state = 'ready'
  union all
  select unnest(layers), null from templates where state = 'ready'
  union all
  select unnest(layers), host_id from sandboxes where observed not in ('destroyed', 'failed');

create or replace view layers_under_way as
  select host_id from snapshots where state = 'creating'
  union all
  select host_id from templates where state = 'building' and host_id is not null;
