-- SSH access to machines: support keys, people on access lists, and what each machine has made of it.
-- Back: drop view host_access_states, wanted_host_keys; drop table host_access, host_access_people, host_access_lists,
--       tester_ssh, support_keys; drop sequence machine_access_revisions.

create table support_keys (
  id text primary key,
  -- Whose it is, and where.
  name text not null,
  -- Type and key, without a comment.
  public_key text not null,
  fingerprint text not null,
  expires_at timestamptz,
  -- Empty: on all machines, those that join later, too.
  host_ids text[] not null default '{}',
  created_at timestamptz not null default now(),
  -- `user:…`
  created_by text not null,
  -- Who made it and the request id that they chose.
  request_id text unique,
  removed_at timestamptz,
  -- Whether the audit knows that its time is over.
  expiry_told boolean not null default false
);
create unique index support_keys_once on support_keys (fingerprint) where removed_at is null;
create index support_keys_newest on support_keys (created_at desc, id desc) where removed_at is null;

create table tester_ssh (
  user_id text primary key references users,
  enabled boolean not null default false,
  -- Empty: none.
  public_key text not null default '',
  fingerprint text not null default '',
  expires_at timestamptz,
  version bigint not null default 0,
  updated_at timestamptz not null default now(),
  updated_by text not null,
  expiry_told boolean not null default false
);
create unique index tester_ssh_once on tester_ssh (fingerprint) where fingerprint <> '';

create table host_access_lists (
  host_id text primary key references hosts,
  version bigint not null default 0,
  updated_at timestamptz not null default now(),
  updated_by text not null
);

create table host_access_people (
  host_id text not null references hosts,
  user_id text not null references users,
  primary key (host_id, user_id)
);
create index host_access_people_by_user on host_access_people (user_id);

create sequence machine_access_revisions;

-- One row for each machine that has told of an account: what is wanted, and what it says is in force.
create table host_access (
  host_id text primary key references hosts,
  -- Grows whenever what is wanted of this machine changes, which the digest tells.
  revision bigint not null default 0,
  digest text,
  -- As the agent reported it, and which report that was.
  instance_id text not null,
  sequence bigint not null,
  generation text not null,
  applied_revision bigint not null,
  applied_at timestamptz,
  accounts jsonb not null,
  takes_support boolean not null,
  takes_testers boolean not null,
  -- The first of its accounts' problems. Empty where there is none.
  problem text not null,
  key_ids text[] not null
);

-- Keys that are wanted on machines, as of now: those whose time is over, and those of people who may not sign in, are not.
create view wanted_host_keys as
  select host.id as host_id, support.id as key_id, 'support' as kind, support.public_key, support.expires_at
  from hosts host
  join support_keys support on support.removed_at is null and (support.expires_at is null or support.expires_at > now())
    and (support.host_ids = '{}' or host.id = any(support.host_ids))
  where host.status in ('online', 'unreachable')
  union all
  select host.id, person.user_id, 'tester', ssh.public_key, ssh.expires_at
  from hosts host
  join host_access_people person on person.host_id = host.id
  join tester_ssh ssh on ssh.user_id = person.user_id and ssh.enabled and ssh.public_key <> ''
    and (ssh.expires_at is null or ssh.expires_at > now())
  join users on users.id = person.user_id and users.active and users.erased_at is null
  where host.status in ('online', 'unreachable');

-- How far each machine is.
create view host_access_states as
  select host.id as host_id,
    case
      when access.host_id is null or not (access.takes_support or access.takes_testers or access.problem <> '') then 'not_offered'
      when access.generation = life.generation and access.applied_revision = access.revision then
        case when access.problem = '' then 'applied' else 'failed' end
      when host.status = 'unreachable' then 'unreachable'
      else 'pending'
    end as state
  from hosts host
  cross join database_life life
  left join host_access access on access.host_id = host.id
  where host.status in ('online', 'unreachable');
