-- Failed sign-ins by whom they concern and where they come from, so that guessing gets slower on every replica.
-- Back: drop table sign_in_limits;

create table sign_in_limits (
  -- `account:<digest>` (an account as seen from one address), `address:<address>`.
  key text primary key,
  attempts integer not null,
  window_ends_at timestamptz not null,
  blocked_until timestamptz,
  -- Whether the last attempt was let through.
  admitted boolean not null
);
create index sign_in_limits_by_end on sign_in_limits (window_ends_at);

-- Which setups, invites and resets are still open is asked by kind.
create index one_time_tokens_by_kind on one_time_tokens (kind) where used_at is null and revoked_at is null;
create index device_logins_by_expiry on device_logins (expires_at);
