-- The model gateway: tokens of testers, what they may use, what they used.
-- Back: drop table gateway_usage, gateway_reservations, gateway_budgets, gateway_caps, gateway_secrets, gateway_tokens.

create table gateway_tokens (
  id text primary key,
  name text not null,
  team_id text not null references teams,
  -- Whose use it counts as.
  user_id text not null references users,
  -- `user:…`, `key:…`.
  created_by text not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  -- Who made it and the request id that they chose.
  request_id text unique
);
create index gateway_tokens_by_team on gateway_tokens (team_id, created_at desc, id desc);
create index gateway_tokens_by_time on gateway_tokens (created_at desc, id desc);
create index gateway_tokens_by_user on gateway_tokens (user_id);

create table gateway_secrets (
  -- The public part of the secret.
  id text primary key,
  secret_hash bytea not null,
  token_id text not null references gateway_tokens,
  created_at timestamptz not null default now(),
  -- Null: when its token ends. In the past for one that was replaced.
  expires_at timestamptz,
  -- Written at most once a minute.
  last_used_at timestamptz
);
create index gateway_secrets_by_token on gateway_secrets (token_id, created_at desc);

create table gateway_caps (
  -- Null: of everybody who has none of their own.
  user_id text unique nulls not distinct references users,
  -- In tokens of models.
  per_day bigint not null check (per_day >= 0),
  per_month bigint not null check (per_month >= 0)
);
insert into gateway_caps (user_id, per_day, per_month) values (null, 1000000, 10000000);

-- One row for each user, which requests under way on all replicas count in: what is used, and what is held back.
create table gateway_budgets (
  user_id text primary key references users,
  -- The day and the month, UTC, that the figures are of: in another one, they are 0.
  day date not null,
  used_today bigint not null default 0,
  month date not null,
  used_this_month bigint not null default 0,
  -- Of requests under way: the sum of their reservations.
  reserved bigint not null default 0 check (reserved >= 0)
);

create table gateway_reservations (
  id text primary key,
  user_id text not null references users,
  tokens bigint not null,
  -- A replica that died settles nothing: its reservations are then taken as used.
  expires_at timestamptz not null
);
create index gateway_reservations_by_end on gateway_reservations (expires_at);

create table gateway_usage (
  user_id text not null references users,
  team_id text not null references teams,
  day date not null,
  provider text not null,
  model text not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  estimated_requests bigint not null,
  -- Millionths of a US dollar, where the provider says it.
  cost_micros bigint not null,
  primary key (day, user_id, team_id, provider, model)
);
create index gateway_usage_by_team on gateway_usage (team_id, day desc);
