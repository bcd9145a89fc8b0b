-- What each component of each host was, from when to when.
-- Back: drop table component_history;

create table component_history (
  id bigint generated always as identity primary key,
  host_id text not null references hosts,
  component text not null,
  repository text not null,
  -- The commit that ran; empty where only the disk was known.
  running_sha text not null,
  -- The commit on disk, where it was another one.
  disk_sha text not null,
  dirty boolean not null,
  started_at timestamptz not null,
  -- Null while it goes on, as long as reports come.
  ended_at timestamptz,
  check (ended_at >= started_at)
);
-- One at a time goes on; whoever begins a second one has lost a race.
create unique index component_history_open on component_history (host_id, component) where ended_at is null;
create index component_history_by_host on component_history (host_id, started_at desc, id desc);
