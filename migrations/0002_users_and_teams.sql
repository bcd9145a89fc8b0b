-- People, their sessions, their teams.
-- Back: drop table device_logins, one_time_tokens, sessions, team_members, teams, users; drop type team_role;

create table users (
  id text primary key,
  name text not null,
  email text not null,
  -- Lower case and normalised: one account per address.
  email_key text not null unique,
  -- argon2id, in its own text form.
  password_hash text not null,
  platform_admin boolean not null default false,
  active boolean not null default true,
  created_at timestamptz not null default now()
);

create type team_role as enum ('owner', 'admin', 'member');

create table teams (
  id text primary key,
  -- Immutable, reserved for ever.
  slug text not null unique,
  name text not null,
  own_hosts boolean not null default false,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);

create table team_members (
  team_id text not null references teams,
  user_id text not null references users,
  role team_role not null,
  joined_at timestamptz not null default now(),
  primary key (team_id, user_id)
);
create index team_members_by_user on team_members (user_id);

create table sessions (
  -- The public part of the session's token.
  id text primary key,
  token_hash bytea not null,
  user_id text not null references users,
  active_team_id text references teams,
  user_agent text not null,
  address text not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_by_user on sessions (user_id, created_at desc);

-- Tokens that are used once and belong to no other table: setup now; invites and resets later.
create table one_time_tokens (
  id text primary key,
  kind text not null,
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz
);

create table device_logins (
  -- SHA-256 of the secret that the waiting command line holds is not needed: it waits on its own stream.
  id text primary key,
  user_code text not null unique,
  device_name text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  decided_at timestamptz,
  -- Who approved; null with decided_at set means refused.
  user_id text references users,
  session_id text references sessions
);
