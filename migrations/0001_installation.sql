-- The installation itself: its id, its keys, its database generation.
-- Back: drop table signing_keys, installation;

create table installation (
  only_row boolean primary key default true check (only_row),
  id text not null,
  -- Ed25519, 32 bytes; agents pin its SHA-256.
  public_key bytea not null,
  -- PKCS#8 PEM, sealed under the master key.
  sealed_private_key bytea not null,
  -- Tells a master key that does not belong to this database, before anything is written with it.
  master_key_check bytea not null,
  -- Grows when an older database is restored; agents echo it.
  database_generation bigint not null default 1,
  created_at timestamptz not null default now()
);

-- Keys that sign access tokens. The next one is published before it signs.
create table signing_keys (
  kid text primary key,
  public_key bytea not null,
  sealed_private_key bytea not null,
  -- The installation key's signature of the public key.
  certificate bytea not null,
  created_at timestamptz not null default now(),
  signs_from timestamptz not null,
  retired_at timestamptz
);
