-- Which certificates replicas show that end TLS themselves, so that somebody is told before one ends. Its rule comes with
-- the next file, because new values of a type cannot be used by the transaction that adds them.
-- Back: drop table shown_certificates. A value of a type cannot be taken out; unused it does no harm.

alter type alert_kind add value 'certificate';

create table shown_certificates (
  replica_id text primary key,
  -- As the other replicas reach the replica.
  url text not null,
  ends_at timestamptz not null,
  -- From when on somebody is told.
  warn_at timestamptz not null,
  -- Why its renewal cannot be used. Empty while there is none, or it could.
  problem text not null,
  -- Renewed by itself while the replica lives.
  seen_at timestamptz not null default now()
);
