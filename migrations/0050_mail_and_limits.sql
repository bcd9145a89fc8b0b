-- Mail that waits to be sent, links that set a new password, and limits that hold across replicas.
-- Back: drop table rate_limits, reset_requests, mail_outbox; drop type mail_purpose; alter table one_time_tokens drop column user_id;

create type mail_purpose as enum ('invite', 'password_reset');

create table mail_outbox (
  id text primary key,
  purpose mail_purpose not null,
  -- What it is about: an invite's id, a user's.
  reference text not null,
  recipient text not null,
  -- Subject and bodies, sealed: links in them carry tokens. Null once it was sent or given up.
  sealed bytea,
  created_at timestamptz not null default now(),
  -- After this nobody could use it any more.
  expires_at timestamptz not null,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  sent_at timestamptz,
  failed_at timestamptz,
  -- What the last attempt met, in the words of SMTP.
  last_error text
);
create index mail_outbox_waiting on mail_outbox (next_attempt_at) where sealed is not null;
create index mail_outbox_by_reference on mail_outbox (reference) where sealed is not null;

-- Whom a link that sets a new password is for.
alter table one_time_tokens add column user_id text references users;
create index one_time_tokens_by_user on one_time_tokens (user_id) where user_id is not null;

-- Somebody asked for a link. Whether the address has an account is looked at later, so that the answer tells nothing.
create table reset_requests (
  id text primary key,
  email_key text not null,
  address text not null,
  user_agent text not null,
  request_id text not null,
  created_at timestamptz not null default now()
);

-- How often something was done in the present window. Nothing is lost with it but a minute's counts.
create unlogged table rate_limits (
  -- The limit, and whom it counts: `call:user:…`, `join:address:…`.
  key text primary key,
  used integer not null,
  window_ends_at timestamptz not null
);
create index rate_limits_by_end on rate_limits (window_ends_at);
