-- The life of a host: when it was there, when it was silent, when its agent or its machine started anew.
-- Back: drop table host_events; drop type host_event_kind;

create type host_event_kind as enum ('joined', 'unreachable', 'online', 'agent_started', 'machine_started');

create table host_events (
  id bigint generated always as identity primary key,
  host_id text not null references hosts,
  at timestamptz not null default now(),
  kind host_event_kind not null,
  -- The last sign of life, where it fell silent.
  last_seen_at timestamptz
);

create index host_events_of_host on host_events (host_id, id desc);
