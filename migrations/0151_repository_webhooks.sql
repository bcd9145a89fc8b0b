-- Webhooks, credentials and published heads of repositories.
-- Back: drop table webhook_deliveries; alter table repositories drop published, drop credential, drop credential_kind,
--   drop webhook_secret, drop webhook_created_at, drop webhook_delivered_at, drop webhook_event, drop webhook_refused_at;

alter table repositories
  -- Heads come from CI alone; nothing is fetched.
  add published boolean not null default false,
  -- Sealed under the master key.
  add credential bytea,
  add credential_kind text check (credential_kind in ('token', 'ssh_key')),
  add constraint repositories_credential_whole check ((credential is null) = (credential_kind is null)),
  add webhook_secret bytea,
  add webhook_created_at timestamptz,
  add webhook_delivered_at timestamptz,
  add webhook_event text not null default '',
  add webhook_refused_at timestamptz;

-- Deliveries that were taken, so that one that comes again is known.
create table webhook_deliveries (
  repository_id text not null references repositories on delete cascade,
  delivery text not null,
  received_at timestamptz not null default now(),
  primary key (repository_id, delivery)
);
