-- What admins set in the console: secrets, sealed, and everything else, readable.
-- Back: drop table settings, secrets; what was in them has to be entered anew.

create table secrets (
  -- `mail.smtp_password`, `channel:…`: bound to what is sealed, together with the version.
  name text primary key,
  -- Rises with every change, also when it is cleared: no version comes twice.
  version bigint not null default 0,
  -- AES-256-GCM under the master key. Null where it is not set.
  sealed bytea,
  -- Tells two values apart without telling either: a keyed digest of the value.
  fingerprint text not null default '',
  updated_at timestamptz not null default now(),
  -- As the audit names who did it.
  updated_by text not null,
  last_used_at timestamptz,
  -- What the last use met, in our words, never in those of a service. Empty where it worked.
  last_error text not null default ''
);

create table settings (
  name text primary key,
  version bigint not null default 0,
  -- Null where it is not set: its default holds.
  value text,
  updated_at timestamptz not null default now(),
  updated_by text not null
);
