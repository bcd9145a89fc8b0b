-- Commits that components are held at, instead of main's head.
-- Back: drop table component_pins;

create table component_pins (
  host_id text not null references hosts,
  component text not null,
  sha text not null,
  reason text not null,
  -- As the audit names who did it.
  pinned_by text not null,
  pinned_at timestamptz not null default now(),
  until timestamptz,
  primary key (host_id, component)
);
create index component_pins_ending on component_pins (until) where until is not null;
