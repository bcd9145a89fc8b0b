-- Who is told when the fleet is not as it should be.
-- Back: drop table alert_deliveries, alert_members, alert_conditions, alerts, alert_channels, alert_rules, alert_samples;
--   drop type delivery_state, delivery_event, channel_kind, alert_state, alert_kind;

create type alert_kind as enum
  ('diverged', 'dirty', 'rewritten', 'behind', 'stale', 'host_unreachable', 'disruption', 'rollout_failed');
create type alert_state as enum ('firing', 'resolved');
create type channel_kind as enum ('webhook', 'mail', 'slack');
create type delivery_event as enum ('firing', 'grown', 'resolved', 'test');
create type delivery_state as enum ('waiting', 'delivered', 'dead');

create table alert_rules (
  id text primary key,
  name text not null unique,
  kind alert_kind not null,
  hold_ms bigint not null,
  -- Empty: of all.
  repository text not null default '',
  labels jsonb not null default '{}',
  -- Empty: all channels.
  channel_ids text[] not null default '{}',
  enabled boolean not null default true,
  tell_resolved boolean not null default true,
  created_by text not null,
  updated_at timestamptz not null default now()
);

create table alert_channels (
  id text primary key,
  name text not null unique,
  kind channel_kind not null,
  -- What of the target is no secret.
  target text not null,
  -- The whole target, and a webhook's secret; sealed under the master key.
  sealed bytea not null,
  -- Of a mail channel: each gets a mail of its own.
  recipients text[] not null default '{}',
  created_by text not null,
  created_at timestamptz not null default now(),
  secret_updated_at timestamptz not null default now(),
  delivered_at timestamptz,
  last_error text not null default ''
);

create table alerts (
  id text primary key,
  rule_id text references alert_rules on delete set null,
  rule_name text not null,
  kind alert_kind not null,
  -- What makes it one alert: a head, a rollout, or nothing more.
  digest text not null,
  state alert_state not null default 'firing',
  sentence text not null,
  repository text not null default '',
  sha text not null default '',
  members integer not null,
  started_at timestamptz not null,
  told_at timestamptz,
  resolved_at timestamptz
);
create index alerts_newest on alerts (started_at desc, id desc);
create unique index alerts_firing on alerts (rule_id, digest) where state = 'firing';
create index alerts_by_rule on alerts (rule_id, digest);

-- What every alert was about, and still is.
create table alert_members (
  alert_id text not null references alerts on delete cascade,
  subject text not null,
  host_id text not null default '',
  name text not null,
  component text not null default '',
  sentence text not null,
  since timestamptz not null,
  joined_at timestamptz not null,
  told boolean not null default false,
  left_at timestamptz,
  primary key (alert_id, subject)
);

-- What rules see now, from sample to sample.
create table alert_conditions (
  rule_id text not null references alert_rules on delete cascade,
  subject text not null,
  since timestamptz not null,
  seen integer not null,
  missed integer not null,
  -- Null while it waits for its second sample, or its time.
  alert_id text references alerts on delete cascade,
  primary key (rule_id, subject)
);

-- When the fleet was last looked at. One row: whoever samples holds it.
create table alert_samples (
  one boolean primary key default true check (one),
  sampled_at timestamptz
);
insert into alert_samples default values;

create table alert_deliveries (
  id text primary key,
  -- In which order they came; messages of one alert are delivered in it.
  sequence bigint generated always as identity unique,
  channel_id text references alert_channels on delete set null,
  channel_name text not null,
  recipient text not null default '',
  alert_id text references alerts on delete set null,
  event delivery_event not null,
  message jsonb not null,
  state delivery_state not null default 'waiting',
  attempts integer not null default 0,
  -- After so many it is given up.
  most_attempts integer not null,
  last_error text not null default '',
  created_at timestamptz not null default now(),
  next_attempt_at timestamptz not null default now(),
  delivered_at timestamptz
);
create index alert_deliveries_due on alert_deliveries (next_attempt_at) where state = 'waiting';
create index alert_deliveries_in_order on alert_deliveries (channel_id, recipient, alert_id, sequence) where state = 'waiting';
create index alert_deliveries_by_alert on alert_deliveries (alert_id);

-- One of each kind from the beginning: nobody has to think of them first.
insert into alert_rules (id, name, kind, hold_ms, tell_resolved, created_by) values
  ('rule00000000diverged', 'Diverged from main', 'diverged', 0, true, 'system'),
  ('rule00000000dirty', 'Uncommitted changes', 'dirty', 0, true, 'system'),
  ('rule00000000rewritten', 'Main was rewritten', 'rewritten', 0, false, 'system'),
  ('rule00000000behind', 'Behind main', 'behind', 1800000, true, 'system'),
  ('rule00000000stale', 'Silent components', 'stale', 600000, true, 'system'),
  ('rule00000000unreachable', 'Unreachable machines', 'host_unreachable', 300000, true, 'system'),
  ('rule00000000disruption', 'Most machines silent at once', 'disruption', 0, true, 'system'),
  ('rule00000000rollout', 'Failed rollouts', 'rollout_failed', 0, true, 'system');
