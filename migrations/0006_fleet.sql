-- Which commit runs where, and what main is.
-- Back: drop table component_reports, repository_heads, repositories; drop type build_source;

create table repositories (
  id text primary key,
  name text not null unique,
  url text not null,
  branch text not null default 'main',
  created_at timestamptz not null default now(),
  created_by text references users,
  fetched_at timestamptz,
  -- Since when fetching fails, and the last words of git.
  failing_since timestamptz,
  fetch_error text not null default ''
);

-- Append-only: every commit that the branch has pointed at, as it was seen.
create table repository_heads (
  id bigint generated always as identity primary key,
  repository_id text not null references repositories on delete cascade,
  branch text not null,
  sha text not null,
  observed_at timestamptz not null default now(),
  source text not null check (source in ('poll', 'webhook', 'published')),
  forced boolean not null default false
);
create index repository_heads_latest on repository_heads (repository_id, branch, id desc);

create type build_source as enum ('unspecified', 'baked', 'file', 'http', 'command', 'worktree');

-- The last report of each component of each host.
create table component_reports (
  host_id text not null references hosts,
  component text not null,
  repository text not null,
  running_sha text not null,
  worktree_sha text not null default '',
  dirty boolean not null default false,
  build_source build_source not null default 'unspecified',
  built_at timestamptz,
  started_at timestamptz,
  reported_at timestamptz not null default now(),
  -- When any of the facts above last changed.
  changed_at timestamptz not null default now(),
  probe_error text not null default '',
  primary key (host_id, component)
);
