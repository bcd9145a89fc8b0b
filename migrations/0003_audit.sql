-- One row per mutation, written in the transaction of the change. Append-only.
-- Back: drop table audit_events; drop function refuse_change;

create table audit_events (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  -- `user:…`, `host:…`, `system`, `anonymous`.
  actor text not null,
  -- The public id of the credential that was presented.
  credential_id text,
  -- `host.create`, `sandbox.destroy`, …
  action text not null,
  target text,
  team_id text,
  outcome text not null check (outcome in ('done', 'denied', 'failed')),
  before jsonb,
  after jsonb,
  request_id text,
  address text,
  user_agent text,
  reason text
);
create index audit_events_by_target on audit_events (target, id desc);
create index audit_events_by_actor on audit_events (actor, id desc);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed', tg_table_name;
end
$$;

create trigger audit_events_append_only before update or delete or truncate on audit_events
  for each statement execute function refuse_change();
