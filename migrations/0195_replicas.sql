-- The running replicas of the control plane, and where the others reach them: a call for a host that is connected to
-- another one goes there.
-- Back: drop table replicas.

create table replicas (
  id text primary key,
  -- As the other replicas reach it, `http://10.0.0.5:7080`.
  url text not null,
  version text not null,
  started_at timestamptz not null default now(),
  -- Renewed by itself. Whether a host's connection counts is said by its own row, never by this one.
  alive_at timestamptz not null default now()
);
