-- What makes the audit trustworthy: personal data beside the rows, a queue of rows without a seal, seals, checkpoints.
-- Back: alter table audit_events add column before jsonb, add column after jsonb, add column address text,
--         add column user_agent text, add column reason text; fill them from audit_origins and audit_contents;
--       drop view subject_names; drop index audit_events_by_team, audit_events_by_action, audit_events_by_time;
--       drop table audit_checkpoints, audit_seals, audit_unsealed, audit_erasures, audit_contents, audit_origins;

-- Where an audited call came from. Beside its row: the seal holds a salted digest of it, so erasing it breaks nothing.
create table audit_origins (
  event_id bigint primary key,
  salt uuid not null default gen_random_uuid(),
  address text not null,
  user_agent text not null
);

-- What an audited call changed, and why. Beside its row, like the origin: names and addresses stand in it.
create table audit_contents (
  event_id bigint primary key,
  salt uuid not null default gen_random_uuid(),
  -- `json` keeps the very text that was hashed, and takes every string that JSON has.
  before json,
  after json,
  reason text
);

-- What was erased of which row, and which audited erasure says so.
create table audit_erasures (
  event_id bigint not null,
  part text not null check (part in ('origin', 'content')),
  erasure_event_id bigint not null,
  primary key (event_id, part)
);
create index audit_erasures_by_erasure on audit_erasures (erasure_event_id);

-- Committed rows that have no seal yet. A row is put here by its own transaction, so that none is skipped, however late
-- it commits.
create table audit_unsealed (
  event_id bigint primary key
);

-- The chain: seal = sha256(seal before || position || fields of the row).
create table audit_seals (
  position bigint primary key check (position > 0),
  event_id bigint not null unique,
  -- How the fields were encoded.
  version smallint not null,
  -- Null where the row had no origin, or no content.
  origin_digest bytea,
  content_digest bytea,
  seal bytea not null
);

-- What the installation's key signed of the chain. Also exported to files, outside of the database.
create table audit_checkpoints (
  position bigint primary key,
  seal bytea not null,
  signed_at timestamptz not null,
  signature bytea not null
);

insert into audit_origins (event_id, address, user_agent)
select id, coalesce(address, ''), coalesce(user_agent, '') from audit_events where address <> '' or user_agent <> '';

insert into audit_contents (event_id, before, after, reason)
select id, before::json, after::json, reason from audit_events where before is not null or after is not null or reason is not null;

insert into audit_unsealed (event_id) select id from audit_events;

alter table audit_events drop column before, drop column after, drop column address, drop column user_agent, drop column reason;

create index audit_events_by_team on audit_events (team_id, id desc);
create index audit_events_by_action on audit_events (action text_pattern_ops, id desc);
-- Times follow the ids: a few bytes per thousand rows are enough.
create index audit_events_by_time on audit_events using brin (at) with (pages_per_range = 32);

create trigger audit_seals_append_only before update or delete or truncate on audit_seals
  for each statement execute function refuse_change();
create trigger audit_checkpoints_append_only before update or delete or truncate on audit_checkpoints
  for each statement execute function refuse_change();
create trigger audit_erasures_append_only before update or delete or truncate on audit_erasures
  for each statement execute function refuse_change();
-- Erased, these two may be; changed, never.
create trigger audit_origins_unchanged before update or truncate on audit_origins
  for each statement execute function refuse_change();
create trigger audit_contents_unchanged before update or truncate on audit_contents
  for each statement execute function refuse_change();

-- No right either, where the server is not a superuser.
revoke update, delete, truncate on audit_events, audit_seals, audit_checkpoints, audit_erasures from public, current_user;
revoke update, truncate on audit_origins, audit_contents from public, current_user;

-- What the things are called that an audit row names by their ids.
create view subject_names as
  select id, name from users
  union all select id, name from teams
  union all select id, name from hosts
  union all select id, name from repositories;
