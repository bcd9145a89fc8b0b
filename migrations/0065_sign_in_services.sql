-- People and teams whom a sign-in service names: a proxy that says in headers who asks, or an OpenID provider.
-- Back: delete what they made (users where sso_source is not null, teams where sso_name is not null), then
--       alter table sessions drop column sign_in; alter table teams drop column sso_name;
--       alter table users drop column sso_id, drop column sso_source, alter column email_key set not null,
--       alter column password_hash set not null. The role read_only stays in its type, which does no harm.

alter type team_role add value 'read_only';

alter table users
  -- Who vouches for them: `trusted_header`, or an issuer. Null: they have a password here.
  add column sso_source text,
  -- By what it tells them apart.
  add column sso_id text,
  alter column email_key drop not null,
  alter column password_hash drop not null,
  add check ((sso_source is null) = (sso_id is null)),
  add check (sso_source is not null or (email_key is not null and password_hash is not null));
create unique index users_by_sso on users (sso_source, sso_id);

-- The team's name at the sign-in service. Null: it was made here.
alter table teams add column sso_name text;
create unique index teams_by_sso_name on teams (sso_name) where deleted_at is null;

-- How the session's user signed in: it counts only while people sign in that way.
alter table sessions add column sign_in text not null default 'password' check (sign_in in ('password', 'oidc'));
