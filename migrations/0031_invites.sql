-- Invites into teams.
-- Back: drop table invites;

create table invites (
  -- The public part of the invite's token.
  id text primary key,
  token_hash bytea not null,
  team_id text not null references teams,
  email text not null,
  email_key text not null,
  role team_role not null check (role <> 'owner'),
  invited_by text not null references users,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  mailed_at timestamptz,
  accepted_at timestamptz,
  accepted_by text references users,
  revoked_at timestamptz
);
-- One open invite per team and address; a new one replaces it.
create unique index invites_one_open on invites (team_id, email_key) where accepted_at is null and revoked_at is null;
create index invites_by_team on invites (team_id, created_at desc, id desc);
