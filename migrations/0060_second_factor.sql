-- Passkeys and recovery codes, and who requires them.
-- Back: drop trigger tell_changed_rights on passkeys; drop trigger tell_required_factor on teams; drop trigger tell_required_factor on installation;
--       drop function tell_team_rule(); drop function tell_installation_rule(); drop table recovery_codes, passkey_challenges, passkeys;
--       drop type passkey_purpose; alter table sessions drop column confirmed_at; alter table installation drop column require_second_factor;

create table passkeys (
  id text primary key,
  user_id text not null references users,
  -- As the authenticator named it, base64url. One account each.
  credential_id text not null unique,
  -- COSE.
  public_key bytea not null,
  -- Grows with every use, or is always 0. A smaller one is a copy.
  sign_count bigint not null,
  transports text[] not null,
  -- The host name of the console that it was made for.
  rp_id text not null,
  name text not null,
  synced boolean not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index passkeys_by_user on passkeys (user_id, created_at, id);

create table recovery_codes (
  user_id text not null references users,
  -- SHA-256 of the user's id and the code, which has 79 bits.
  code_hash bytea not null,
  created_at timestamptz not null default now(),
  used_at timestamptz,
  primary key (user_id, code_hash)
);

create type passkey_purpose as enum ('log_in', 'register', 'confirm');

-- What authenticators sign. A row is taken out by the first answer, good or bad.
create table passkey_challenges (
  challenge text primary key,
  purpose passkey_purpose not null,
  user_id text not null references users,
  -- The session or the pending sign-in that asked.
  asker text not null,
  expires_at timestamptz not null
);
create index passkey_challenges_by_end on passkey_challenges (expires_at);
create index passkey_challenges_by_asker on passkey_challenges (asker);

-- When the user last proved by password or passkey that it is them. Null: never in this session.
alter table sessions add column confirmed_at timestamptz;

alter table installation add column require_second_factor boolean not null default false;

-- Streams of those concerned are looked at again (0051).
create trigger tell_changed_rights after insert or delete on passkeys
  for each row execute function tell_changed_rights('user_id');

create function tell_team_rule() returns trigger language plpgsql as $$
begin
  perform pg_notify('muster', 'rights:' || user_id) from team_members where team_id = new.id;
  return null;
end $$;
create trigger tell_required_factor after update of require_second_factor on teams
  for each row when (new.require_second_factor is distinct from old.require_second_factor) execute function tell_team_rule();

create function tell_installation_rule() returns trigger language plpgsql as $$
begin
  perform pg_notify('muster', 'rights:*');
  return null;
end $$;
create trigger tell_required_factor after update of require_second_factor on installation
  for each row when (new.require_second_factor is distinct from old.require_second_factor) execute function tell_installation_rule();
