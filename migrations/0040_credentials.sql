-- API keys, machine identities, and the credentials beneath both.
-- Back: create or replace view subject_names without them; drop table approvals, credentials, machine_identities, api_keys;
--       drop type approval_state, identity_operation, identity_state, identity_environment, key_role, credential_state, credential_kind.

create type credential_kind as enum ('org_key', 'team_key', 'machine_identity');
create type credential_state as enum ('active', 'retiring', 'revoked');
create type key_role as enum ('admin', 'operator', 'read_only');
create type identity_environment as enum ('development', 'staging', 'production');
create type identity_state as enum ('active', 'paused', 'revoked');
create type identity_operation as enum ('create', 'create_credential', 'rotate', 'resume');
create type approval_state as enum ('pending', 'approved', 'rejected', 'done');

create table api_keys (
  id text primary key,
  name text not null,
  -- Null: an org key.
  team_id text references teams,
  role key_role not null check (role <> 'admin' or team_id is null),
  -- Whose present role bounds it: a user's, or, for what the bootstrap key made, whether that key works.
  -- Both null: the bootstrap key itself.
  maker_id text references users,
  maker_key_id text references api_keys check (maker_id is null or maker_key_id is null),
  -- `user:…`, `key:…`, `bootstrap`.
  created_by text not null,
  bound_team_id text references teams check (bound_team_id is null or team_id is null),
  bound_host_id text references hosts,
  created_at timestamptz not null default now(),
  -- Null: it does not end by itself, and `no_expiry_reason` says why.
  expires_at timestamptz,
  lifetime interval,
  no_expiry_reason text not null default '',
  revoked_at timestamptz,
  -- Who made it and the request id that they chose.
  request_id text unique
);
create index api_keys_by_team on api_keys (team_id, created_at desc, id desc);
create index api_keys_by_maker on api_keys (maker_id, team_id);

create table machine_identities (
  id text primary key,
  name text not null,
  team_id text not null references teams,
  environment identity_environment not null,
  role key_role not null check (role <> 'admin'),
  scopes text[] not null,
  state identity_state not null default 'active',
  maker_id text not null references users,
  bound_host_id text references hosts,
  created_at timestamptz not null default now()
);
create unique index machine_identities_by_name on machine_identities (team_id, name) where state <> 'revoked';
create index machine_identities_by_team on machine_identities (team_id, created_at desc, id desc);
create index machine_identities_by_maker on machine_identities (maker_id, team_id);

create table credentials (
  -- The public part of the token.
  id text primary key,
  token_hash bytea not null,
  kind credential_kind not null,
  key_id text references api_keys,
  identity_id text references machine_identities,
  state credential_state not null default 'active',
  created_at timestamptz not null default now(),
  -- Null: when what it belongs to ends.
  expires_at timestamptz,
  -- Written at most once a minute.
  last_used_at timestamptz,
  last_used_address text not null default '',
  last_used_agent text not null default '',
  check ((kind = 'machine_identity') = (identity_id is not null)),
  check ((kind <> 'machine_identity') = (key_id is not null))
);
create index credentials_by_key on credentials (key_id, created_at desc) where key_id is not null;
create index credentials_by_identity on credentials (identity_id, created_at desc) where identity_id is not null;

-- What gives a production identity power waits for a second person.
create table approvals (
  id text primary key,
  team_id text not null references teams,
  operation identity_operation not null,
  -- Null for an identity that is to be made.
  identity_id text references machine_identities,
  identity_name text not null,
  -- Exactly this is approved. Text, so that it is compared as it stands.
  request text not null,
  requested_by text not null references users,
  requested_at timestamptz not null default now(),
  expires_at timestamptz not null,
  state approval_state not null default 'pending',
  decided_by text references users check (decided_by <> requested_by or state = 'rejected'),
  decided_at timestamptz
);
create index approvals_by_team on approvals (team_id, requested_at desc, id desc);
create index approvals_open on approvals (requested_by, operation) where state in ('pending', 'approved');

create or replace view subject_names as
  select id, name from users
  union all select id, name from teams
  union all select id, name from hosts
  union all select id, name from repositories
  union all select id, name from api_keys
  union all select id, name from machine_identities;
