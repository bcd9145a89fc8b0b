-- What CI has signed: which commit a build was made from.
-- Back: drop table attested_artifacts, provenance_keys; alter table repositories drop require_provenance;
--   alter table component_reports drop artifact_sha256.

alter table repositories add require_provenance boolean not null default false;
-- Of what the process was started from; empty where the host does not tell it.
alter table component_reports add artifact_sha256 text not null default '';

create table provenance_keys (
  repository_id text not null references repositories on delete cascade,
  -- The SHA-256 of the key.
  id text not null,
  name text not null,
  public_key text not null,
  added_at timestamptz not null default now(),
  primary key (repository_id, id)
);

-- Goes with its key: what that has signed is trusted no more.
create table attested_artifacts (
  repository_id text not null,
  sha256 text not null,
  commit_sha text not null,
  key_id text not null,
  envelope text not null,
  published_at timestamptz not null default now(),
  primary key (repository_id, sha256, commit_sha, key_id),
  foreign key (repository_id, key_id) references provenance_keys on delete cascade
);
