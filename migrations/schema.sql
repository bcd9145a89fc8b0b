-- What all migrations add up to, read from a freshly migrated database: for people to read, and for reviews to compare.
-- Never run and never edited: npm run schema writes it.

create type alert_kind as enum ('diverged', 'dirty', 'rewritten', 'behind', 'stale', 'host_unreachable', 'disruption', 'rollout_failed', 'silent_sandbox', 'host_quarantined', 'second_agent', 'unknown_sandboxes', 'drain_gave_up', 'drift', 'certificate');

create type alert_state as enum ('firing', 'resolved');

create type approval_state as enum ('pending', 'approved', 'rejected', 'done');

create type attempt_outcome as enum ('under_way', 'running', 'failed', 'unknown', 'never_started');

create type build_source as enum ('unspecified', 'baked', 'file', 'http', 'command', 'worktree');

create type channel_kind as enum ('webhook', 'mail', 'slack');

create type credential_kind as enum ('org_key', 'team_key', 'machine_identity');

create type credential_state as enum ('active', 'retiring', 'revoked');

create type delivery_event as enum ('firing', 'grown', 'resolved', 'test');

create type delivery_state as enum ('waiting', 'delivered', 'dead');

create type drain_action as enum ('wait', 'stop', 'destroy');

create type drain_state as enum ('draining', 'drained', 'gave_up');

create type expiry_action as enum ('destroy', 'stop', 'pause');

create type family_state as enum ('active', 'locked', 'ended');

create type forge_kind as enum ('github', 'gitea', 'forgejo', 'gitlab');

create type host_event_kind as enum ('joined', 'unreachable', 'online', 'agent_started', 'machine_started');

create type host_status as enum ('pending', 'online', 'unreachable', 'deleted');

create type identity_environment as enum ('development', 'staging', 'production');

create type identity_operation as enum ('create', 'create_credential', 'rotate', 'resume');

create type identity_state as enum ('active', 'paused', 'revoked');

create type invite_policy as enum ('admins', 'members');

create type key_role as enum ('admin', 'operator', 'read_only');

create type mail_purpose as enum ('invite', 'password_reset', 'notice', 'welcome');

create type minted_key_state as enum ('wanted', 'live', 'replaced', 'unwanted', 'ended');

create type observed_state as enum ('pending', 'running', 'paused', 'stopped', 'destroyed', 'failed', 'missing');

create type passkey_purpose as enum ('log_in', 'register', 'confirm');

create type refresh_token_state as enum ('pending', 'current', 'spent');

create type rollout_state as enum ('running', 'paused', 'stopping', 'succeeded', 'failed', 'aborted');

create type snapshot_state as enum ('creating', 'ready', 'failed', 'deleted');

create type team_role as enum ('owner', 'admin', 'member', 'read_only');

create type template_state as enum ('building', 'ready', 'superseded', 'failed', 'deleted');

create type tester_step as enum ('account', 'team', 'keys', 'machine', 'sandbox', 'welcome');

create type tester_step_state as enum ('waiting', 'running', 'done', 'skipped', 'failed');

create type update_state as enum ('queued', 'running', 'verifying', 'returning', 'succeeded', 'failed', 'superseded', 'aborted', 'skipped');

create type wanted_state as enum ('running', 'paused', 'stopped', 'destroyed');

create sequence connection_generations as bigint increment by 1 minvalue 1 maxvalue 9223372036854775807 start with 1;

create sequence key_revisions as bigint increment by 1 minvalue 1 maxvalue 9223372036854775807 start with 1;

create sequence machine_access_revisions as bigint increment by 1 minvalue 1 maxvalue 9223372036854775807 start with 1;

create sequence placement_sequence as bigint increment by 1 minvalue 1 maxvalue 9223372036854775807 start with 1;

create sequence state_sequence as bigint increment by 1 minvalue 1 maxvalue 9223372036854775807 start with 1;

CREATE OR REPLACE FUNCTION aged_counts(counts integer[], parts bigint)
 RETURNS integer[]
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select (array_fill(0, array[least(greatest(parts, 0), 61)::integer]) || counts)[1:61]
$function$
;

CREATE OR REPLACE FUNCTION refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'rows of % are never changed', tg_table_name;
end
$function$
;

CREATE OR REPLACE FUNCTION require_row(present boolean, otherwise text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if not present then
    raise exception '%', otherwise using errcode = 'serialization_failure';
  end if;
end
$function$
;

CREATE OR REPLACE FUNCTION tell_changed_alerts()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('muster', 'alert:' || tg_table_name);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION tell_changed_rights()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('muster', 'rights:' || (case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end ->> tg_argv[0]));
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION tell_ended_team()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('muster', 'rights:' || user_id) from team_members where team_id = new.id;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION tell_installation_rule()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('muster', 'rights:*');
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION tell_team_rule()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('muster', 'rights:' || user_id) from team_members where team_id = new.id;
  return null;
end $function$
;

create table alert_channels (
  id text not null,
  name text not null,
  kind channel_kind not null,
  target text not null,
  sealed bytea not null,
  recipients text[] default '{}'::text[] not null,
  created_by text not null,
  created_at timestamp with time zone default now() not null,
  secret_updated_at timestamp with time zone default now() not null,
  delivered_at timestamp with time zone,
  last_error text default ''::text not null,
  constraint alert_channels_pkey PRIMARY KEY (id),
  constraint alert_channels_name_key UNIQUE (name)
);
CREATE TRIGGER tell_changed AFTER UPDATE ON alert_channels FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION tell_changed_alerts();
CREATE TRIGGER tell_new_or_gone AFTER INSERT OR DELETE ON alert_channels FOR EACH ROW EXECUTE FUNCTION tell_changed_alerts();

create table alert_conditions (
  rule_id text not null,
  subject text not null,
  since timestamp with time zone not null,
  seen integer not null,
  missed integer not null,
  alert_id text,
  constraint alert_conditions_pkey PRIMARY KEY (rule_id, subject),
  constraint alert_conditions_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alerts(id) ON DELETE CASCADE,
  constraint alert_conditions_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES alert_rules(id) ON DELETE CASCADE
);

create table alert_deliveries (
  id text not null,
  sequence bigint generated always as identity not null,
  channel_id text,
  channel_name text not null,
  recipient text default ''::text not null,
  alert_id text,
  event delivery_event not null,
  message jsonb not null,
  state delivery_state default 'waiting'::delivery_state not null,
  attempts integer default 0 not null,
  most_attempts integer not null,
  last_error text default ''::text not null,
  created_at timestamp with time zone default now() not null,
  next_attempt_at timestamp with time zone default now() not null,
  delivered_at timestamp with time zone,
  constraint alert_deliveries_pkey PRIMARY KEY (id),
  constraint alert_deliveries_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alerts(id) ON DELETE SET NULL,
  constraint alert_deliveries_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES alert_channels(id) ON DELETE SET NULL,
  constraint alert_deliveries_sequence_key UNIQUE (sequence)
);
CREATE INDEX alert_deliveries_by_alert ON alert_deliveries USING btree (alert_id);
CREATE INDEX alert_deliveries_due ON alert_deliveries USING btree (next_attempt_at) WHERE (state = 'waiting'::delivery_state);
CREATE INDEX alert_deliveries_in_order ON alert_deliveries USING btree (channel_id, recipient, alert_id, sequence) WHERE (state = 'waiting'::delivery_state);
CREATE TRIGGER tell_changed AFTER UPDATE ON alert_deliveries FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION tell_changed_alerts();
CREATE TRIGGER tell_new_or_gone AFTER INSERT OR DELETE ON alert_deliveries FOR EACH ROW EXECUTE FUNCTION tell_changed_alerts();

create table alert_members (
  alert_id text not null,
  subject text not null,
  host_id text default ''::text not null,
  name text not null,
  component text default ''::text not null,
  sentence text not null,
  since timestamp with time zone not null,
  joined_at timestamp with time zone not null,
  told boolean default false not null,
  left_at timestamp with time zone,
  constraint alert_members_pkey PRIMARY KEY (alert_id, subject),
  constraint alert_members_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES alerts(id) ON DELETE CASCADE
);
CREATE TRIGGER tell_changed AFTER UPDATE ON alert_members FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION tell_changed_alerts();

create table alert_rules (
  id text not null,
  name text not null,
  kind alert_kind not null,
  hold_ms bigint not null,
  repository text default ''::text not null,
  labels jsonb default '{}'::jsonb not null,
  channel_ids text[] default '{}'::text[] not null,
  enabled boolean default true not null,
  tell_resolved boolean default true not null,
  created_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint alert_rules_pkey PRIMARY KEY (id),
  constraint alert_rules_name_key UNIQUE (name)
);
CREATE TRIGGER tell_changed AFTER UPDATE ON alert_rules FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION tell_changed_alerts();
CREATE TRIGGER tell_new_or_gone AFTER INSERT OR DELETE ON alert_rules FOR EACH ROW EXECUTE FUNCTION tell_changed_alerts();

create table alert_samples (
  one boolean default true not null,
  sampled_at timestamp with time zone,
  constraint alert_samples_pkey PRIMARY KEY (one),
  constraint alert_samples_one_check CHECK (one)
);

create table alerts (
  id text not null,
  rule_id text,
  rule_name text not null,
  kind alert_kind not null,
  digest text not null,
  state alert_state default 'firing'::alert_state not null,
  sentence text not null,
  repository text default ''::text not null,
  sha text default ''::text not null,
  members integer not null,
  started_at timestamp with time zone not null,
  told_at timestamp with time zone,
  resolved_at timestamp with time zone,
  constraint alerts_pkey PRIMARY KEY (id),
  constraint alerts_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES alert_rules(id) ON DELETE SET NULL
);
CREATE INDEX alerts_by_rule ON alerts USING btree (rule_id, digest);
CREATE INDEX alerts_newest ON alerts USING btree (started_at DESC, id DESC);
CREATE UNIQUE INDEX alerts_firing ON alerts USING btree (rule_id, digest) WHERE (state = 'firing'::alert_state);
CREATE TRIGGER tell_changed AFTER UPDATE ON alerts FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION tell_changed_alerts();
CREATE TRIGGER tell_new_or_gone AFTER INSERT OR DELETE ON alerts FOR EACH ROW EXECUTE FUNCTION tell_changed_alerts();

create table api_keys (
  id text not null,
  name text not null,
  team_id text,
  role key_role not null,
  maker_id text,
  maker_key_id text,
  created_by text not null,
  bound_team_id text,
  bound_host_id text,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  lifetime interval,
  no_expiry_reason text default ''::text not null,
  revoked_at timestamp with time zone,
  request_id text,
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_bound_host_id_fkey FOREIGN KEY (bound_host_id) REFERENCES hosts(id),
  constraint api_keys_bound_team_id_fkey FOREIGN KEY (bound_team_id) REFERENCES teams(id),
  constraint api_keys_check CHECK (((role <> 'admin'::key_role) OR (team_id IS NULL))),
  constraint api_keys_check1 CHECK (((maker_id IS NULL) OR (maker_key_id IS NULL))),
  constraint api_keys_check2 CHECK (((bound_team_id IS NULL) OR (team_id IS NULL))),
  constraint api_keys_maker_id_fkey FOREIGN KEY (maker_id) REFERENCES users(id),
  constraint api_keys_maker_key_id_fkey FOREIGN KEY (maker_key_id) REFERENCES api_keys(id),
  constraint api_keys_request_id_key UNIQUE (request_id),
  constraint api_keys_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id)
);
CREATE INDEX api_keys_by_maker ON api_keys USING btree (maker_id, team_id);
CREATE INDEX api_keys_by_team ON api_keys USING btree (team_id, created_at DESC, id DESC);

create table approvals (
  id text not null,
  team_id text not null,
  operation identity_operation not null,
  identity_id text,
  identity_name text not null,
  request text not null,
  requested_by text not null,
  requested_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  state approval_state default 'pending'::approval_state not null,
  decided_by text,
  decided_at timestamp with time zone,
  constraint approvals_pkey PRIMARY KEY (id),
  constraint approvals_check CHECK (((decided_by <> requested_by) OR (state = 'rejected'::approval_state))),
  constraint approvals_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES users(id),
  constraint approvals_identity_id_fkey FOREIGN KEY (identity_id) REFERENCES machine_identities(id),
  constraint approvals_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES users(id),
  constraint approvals_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id)
);
CREATE INDEX approvals_by_team ON approvals USING btree (team_id, requested_at DESC, id DESC);
CREATE INDEX approvals_open ON approvals USING btree (requested_by, operation) WHERE (state = ANY (ARRAY['pending'::approval_state, 'approved'::approval_state]));

create table attested_artifacts (
  repository_id text not null,
  sha256 text not null,
  commit_sha text not null,
  key_id text not null,
  envelope text not null,
  published_at timestamp with time zone default now() not null,
  constraint attested_artifacts_pkey PRIMARY KEY (repository_id, sha256, commit_sha, key_id),
  constraint attested_artifacts_repository_id_key_id_fkey FOREIGN KEY (repository_id, key_id) REFERENCES provenance_keys(repository_id, id) ON DELETE CASCADE
);

create table audit_checkpoints (
  position bigint not null,
  seal bytea not null,
  signed_at timestamp with time zone not null,
  signature bytea not null,
  constraint audit_checkpoints_pkey PRIMARY KEY ("position")
);
CREATE INDEX audit_checkpoints_by_time ON audit_checkpoints USING btree (signed_at);
CREATE TRIGGER audit_checkpoints_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- owner: insert, maintain, references, select, trigger

create table audit_contents (
  event_id bigint not null,
  salt uuid default gen_random_uuid() not null,
  before json,
  after json,
  reason text,
  constraint audit_contents_pkey PRIMARY KEY (event_id)
);
CREATE TRIGGER audit_contents_unchanged BEFORE UPDATE OR TRUNCATE ON audit_contents FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- owner: delete, insert, maintain, references, select, trigger

create table audit_erasures (
  event_id bigint not null,
  part text not null,
  erasure_event_id bigint not null,
  constraint audit_erasures_pkey PRIMARY KEY (event_id, part),
  constraint audit_erasures_part_check CHECK ((part = ANY (ARRAY['origin'::text, 'content'::text])))
);
CREATE INDEX audit_erasures_by_erasure ON audit_erasures USING btree (erasure_event_id);
CREATE TRIGGER audit_erasures_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_erasures FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- owner: insert, maintain, references, select, trigger

create table audit_events (
  id bigint generated always as identity not null,
  at timestamp with time zone default now() not null,
  actor text not null,
  credential_id text,
  action text not null,
  target text,
  team_id text,
  outcome text not null,
  request_id text,
  constraint audit_events_pkey PRIMARY KEY (id),
  constraint audit_events_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'denied'::text, 'failed'::text])))
);
CREATE INDEX audit_events_by_action ON audit_events USING btree (action text_pattern_ops, id DESC);
CREATE INDEX audit_events_by_actor ON audit_events USING btree (actor, id DESC);
CREATE INDEX audit_events_by_target ON audit_events USING btree (target, id DESC);
CREATE INDEX audit_events_by_team ON audit_events USING btree (team_id, id DESC);
CREATE INDEX audit_events_by_time ON audit_events USING brin (at) WITH (pages_per_range='32');
CREATE TRIGGER audit_events_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- owner: insert, maintain, references, select, trigger

create table audit_origins (
  event_id bigint not null,
  salt uuid default gen_random_uuid() not null,
  address text not null,
  user_agent text not null,
  constraint audit_origins_pkey PRIMARY KEY (event_id)
);
CREATE TRIGGER audit_origins_unchanged BEFORE UPDATE OR TRUNCATE ON audit_origins FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- owner: delete, insert, maintain, references, select, trigger

create table audit_seals (
  position bigint not null,
  event_id bigint not null,
  version smallint not null,
  origin_digest bytea,
  content_digest bytea,
  seal bytea not null,
  constraint audit_seals_pkey PRIMARY KEY ("position"),
  constraint audit_seals_event_id_key UNIQUE (event_id),
  constraint audit_seals_position_check CHECK (("position" > 0))
);
CREATE TRIGGER audit_seals_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- owner: insert, maintain, references, select, trigger

create table audit_unsealed (
  event_id bigint not null,
  constraint audit_unsealed_pkey PRIMARY KEY (event_id)
);

create table cockpit_visits (
  user_id text not null,
  team_id text not null,
  seen_until timestamp with time zone not null,
  visit bigint default 1 not null,
  constraint cockpit_visits_pkey PRIMARY KEY (user_id, team_id),
  constraint cockpit_visits_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id),
  constraint cockpit_visits_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);

create table component_history (
  id bigint generated always as identity not null,
  host_id text not null,
  component text not null,
  repository text not null,
  running_sha text not null,
  disk_sha text not null,
  dirty boolean not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint component_history_pkey PRIMARY KEY (id),
  constraint component_history_check CHECK ((ended_at >= started_at)),
  constraint component_history_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);
CREATE INDEX component_history_by_component ON component_history USING btree (host_id, component, started_at DESC);
CREATE INDEX component_history_by_host ON component_history USING btree (host_id, started_at DESC, id DESC);
CREATE UNIQUE INDEX component_history_open ON component_history USING btree (host_id, component) WHERE (ended_at IS NULL);

create table component_pins (
  host_id text not null,
  component text not null,
  sha text not null,
  reason text not null,
  pinned_by text not null,
  pinned_at timestamp with time zone default now() not null,
  until timestamp with time zone,
  constraint component_pins_pkey PRIMARY KEY (host_id, component),
  constraint component_pins_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);
CREATE INDEX component_pins_ending ON component_pins USING btree (until) WHERE (until IS NOT NULL);

create table component_reports (
  host_id text not null,
  component text not null,
  repository text not null,
  running_sha text not null,
  worktree_sha text default ''::text not null,
  dirty boolean default false not null,
  build_source build_source default 'unspecified'::build_source not null,
  built_at timestamp with time zone,
  started_at timestamp with time zone,
  reported_at timestamp with time zone default now() not null,
  changed_at timestamp with time zone default now() not null,
  probe_error text default ''::text not null,
  signed boolean default false not null,
  artifact_sha256 text default ''::text not null,
  no_process boolean default false not null,
  constraint component_reports_pkey PRIMARY KEY (host_id, component),
  constraint component_reports_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);

create table credentials (
  id text not null,
  token_hash bytea not null,
  kind credential_kind not null,
  key_id text,
  identity_id text,
  state credential_state default 'active'::credential_state not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  last_used_address text default ''::text not null,
  last_used_agent text default ''::text not null,
  request_id text,
  constraint credentials_pkey PRIMARY KEY (id),
  constraint credentials_check CHECK (((kind = 'machine_identity'::credential_kind) = (identity_id IS NOT NULL))),
  constraint credentials_check1 CHECK (((kind <> 'machine_identity'::credential_kind) = (key_id IS NOT NULL))),
  constraint credentials_identity_id_fkey FOREIGN KEY (identity_id) REFERENCES machine_identities(id),
  constraint credentials_key_id_fkey FOREIGN KEY (key_id) REFERENCES api_keys(id)
);
CREATE INDEX credentials_by_identity ON credentials USING btree (identity_id, created_at DESC) WHERE (identity_id IS NOT NULL);
CREATE INDEX credentials_by_key ON credentials USING btree (key_id, created_at DESC) WHERE (key_id IS NOT NULL);
CREATE UNIQUE INDEX credentials_by_request ON credentials USING btree (identity_id, request_id) WHERE (request_id IS NOT NULL);

create table database_life (
  only_one boolean default true not null,
  generation text default (gen_random_uuid())::text not null,
  drift_since timestamp with time zone,
  drift_host_id text,
  drift_steps bigint default 0 not null,
  window_until timestamp with time zone,
  constraint database_life_pkey PRIMARY KEY (only_one),
  constraint database_life_drift_host_id_fkey FOREIGN KEY (drift_host_id) REFERENCES hosts(id),
  constraint database_life_only_one_check CHECK (only_one)
);

create table device_logins (
  id text not null,
  user_code text not null,
  device_name text not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  decided_at timestamp with time zone,
  user_id text,
  session_id text,
  constraint device_logins_pkey PRIMARY KEY (id),
  constraint device_logins_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id),
  constraint device_logins_user_code_key UNIQUE (user_code),
  constraint device_logins_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX device_logins_by_expiry ON device_logins USING btree (expires_at);

create table fleet_disruption (
  only_one boolean default true not null,
  since timestamp with time zone default now() not null,
  silent integer not null,
  online integer not null,
  seen_at timestamp with time zone default now() not null,
  constraint fleet_disruption_pkey PRIMARY KEY (only_one),
  constraint fleet_disruption_only_one_check CHECK (only_one)
);

create table fleet_standings (
  at timestamp with time zone not null,
  team_id text,
  hosts integer not null,
  current_hosts integer not null,
  constraint fleet_standings_check CHECK (((current_hosts >= 0) AND (current_hosts <= hosts))),
  constraint fleet_standings_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id) ON DELETE CASCADE
);
CREATE INDEX fleet_standings_by_time ON fleet_standings USING btree (at, team_id);

create table gateway_budgets (
  user_id text not null,
  day date not null,
  used_today bigint default 0 not null,
  month date not null,
  used_this_month bigint default 0 not null,
  reserved bigint default 0 not null,
  constraint gateway_budgets_pkey PRIMARY KEY (user_id),
  constraint gateway_budgets_reserved_check CHECK ((reserved >= 0)),
  constraint gateway_budgets_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);

create table gateway_caps (
  user_id text,
  per_day bigint not null,
  per_month bigint not null,
  constraint gateway_caps_per_day_check CHECK ((per_day >= 0)),
  constraint gateway_caps_per_month_check CHECK ((per_month >= 0)),
  constraint gateway_caps_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id),
  constraint gateway_caps_user_id_key UNIQUE NULLS NOT DISTINCT (user_id)
);

create table gateway_reservations (
  id text not null,
  user_id text not null,
  tokens bigint not null,
  expires_at timestamp with time zone not null,
  constraint gateway_reservations_pkey PRIMARY KEY (id),
  constraint gateway_reservations_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX gateway_reservations_by_end ON gateway_reservations USING btree (expires_at);

create table gateway_secrets (
  id text not null,
  secret_hash bytea not null,
  token_id text not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  constraint gateway_secrets_pkey PRIMARY KEY (id),
  constraint gateway_secrets_token_id_fkey FOREIGN KEY (token_id) REFERENCES gateway_tokens(id)
);
CREATE INDEX gateway_secrets_by_token ON gateway_secrets USING btree (token_id, created_at DESC);

create table gateway_tokens (
  id text not null,
  name text not null,
  team_id text not null,
  user_id text not null,
  created_by text not null,
  created_at timestamp with time zone default now() not null,
  revoked_at timestamp with time zone,
  request_id text,
  constraint gateway_tokens_pkey PRIMARY KEY (id),
  constraint gateway_tokens_request_id_key UNIQUE (request_id),
  constraint gateway_tokens_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id),
  constraint gateway_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX gateway_tokens_by_team ON gateway_tokens USING btree (team_id, created_at DESC, id DESC);
CREATE INDEX gateway_tokens_by_time ON gateway_tokens USING btree (created_at DESC, id DESC);
CREATE INDEX gateway_tokens_by_user ON gateway_tokens USING btree (user_id);

create table gateway_usage (
  user_id text not null,
  team_id text not null,
  day date not null,
  provider text not null,
  model text not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  estimated_requests bigint not null,
  cost_micros bigint not null,
  constraint gateway_usage_pkey PRIMARY KEY (day, user_id, team_id, provider, model),
  constraint gateway_usage_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id),
  constraint gateway_usage_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX gateway_usage_by_team ON gateway_usage USING btree (team_id, day DESC);

create table host_access (
  host_id text not null,
  revision bigint default 0 not null,
  digest text,
  instance_id text not null,
  sequence bigint not null,
  generation text not null,
  applied_revision bigint not null,
  applied_at timestamp with time zone,
  accounts jsonb not null,
  takes_support boolean not null,
  takes_testers boolean not null,
  problem text not null,
  key_ids text[] not null,
  constraint host_access_pkey PRIMARY KEY (host_id),
  constraint host_access_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);

create table host_access_lists (
  host_id text not null,
  version bigint default 0 not null,
  updated_at timestamp with time zone default now() not null,
  updated_by text not null,
  constraint host_access_lists_pkey PRIMARY KEY (host_id),
  constraint host_access_lists_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);

create table host_access_people (
  host_id text not null,
  user_id text not null,
  constraint host_access_people_pkey PRIMARY KEY (host_id, user_id),
  constraint host_access_people_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id),
  constraint host_access_people_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX host_access_people_by_user ON host_access_people USING btree (user_id);

create table host_connections (
  host_id text not null,
  generation bigint not null,
  replica_id text not null,
  instance_id text not null,
  connected_at timestamp with time zone default now() not null,
  alive_at timestamp with time zone default now() not null,
  constraint host_connections_pkey PRIMARY KEY (host_id),
  constraint host_connections_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);
CREATE INDEX host_connections_by_replica ON host_connections USING btree (replica_id);

create table host_drains (
  host_id text not null,
  state drain_state default 'draining'::drain_state not null,
  action drain_action not null,
  reason text not null,
  started_at timestamp with time zone default now() not null,
  deadline_at timestamp with time zone,
  ended_at timestamp with time zone,
  sandboxes_at_start integer default 0 not null,
  progress text default ''::text not null,
  constraint host_drains_pkey PRIMARY KEY (host_id),
  constraint host_drains_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);
CREATE INDEX host_drains_under_way ON host_drains USING btree (started_at) WHERE (state = 'draining'::drain_state);

create table host_events (
  id bigint generated always as identity not null,
  host_id text not null,
  at timestamp with time zone default now() not null,
  kind host_event_kind not null,
  last_seen_at timestamp with time zone,
  constraint host_events_pkey PRIMARY KEY (id),
  constraint host_events_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);
CREATE INDEX host_events_of_host ON host_events USING btree (host_id, id DESC);

create table host_families (
  id text not null,
  host_id text not null,
  enrolment_id text not null,
  state family_state default 'active'::family_state not null,
  created_at timestamp with time zone default now() not null,
  changed_at timestamp with time zone default now() not null,
  reason text,
  constraint host_families_pkey PRIMARY KEY (id),
  constraint host_families_enrolment_id_key UNIQUE (enrolment_id),
  constraint host_families_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);
CREATE INDEX host_families_of_host ON host_families USING btree (host_id);
CREATE UNIQUE INDEX host_families_one_active ON host_families USING btree (host_id) WHERE (state = 'active'::family_state);

create table host_refresh_tokens (
  id text not null,
  token_hash bytea not null,
  family_id text not null,
  state refresh_token_state not null,
  generation integer not null,
  successor_hash bytea,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  spent_at timestamp with time zone,
  constraint host_refresh_tokens_pkey PRIMARY KEY (id),
  constraint host_refresh_tokens_family_id_fkey FOREIGN KEY (family_id) REFERENCES host_families(id)
);
CREATE INDEX host_refresh_tokens_of_family ON host_refresh_tokens USING btree (family_id);
CREATE UNIQUE INDEX host_refresh_tokens_one_current ON host_refresh_tokens USING btree (family_id) WHERE (state = 'current'::refresh_token_state);
CREATE UNIQUE INDEX host_refresh_tokens_one_pending ON host_refresh_tokens USING btree (family_id) WHERE (state = 'pending'::refresh_token_state);

create table hosts (
  id text not null,
  name text not null,
  team_id text,
  status host_status default 'pending'::host_status not null,
  labels jsonb default '{}'::jsonb not null,
  request_id text,
  created_at timestamp with time zone default now() not null,
  created_by text,
  joined_at timestamp with time zone,
  deleted_at timestamp with time zone,
  epoch integer default 1 not null,
  enrolment_id text,
  public_key bytea,
  cordoned_at timestamp with time zone,
  cordon_reason text,
  cordoned_by text,
  quarantined_at timestamp with time zone,
  quarantine_reason text,
  arch text,
  cpus integer,
  memory_mib bigint,
  disk_mib bigint,
  os text,
  kernel text,
  hostname text,
  agent_version text,
  agent_sha text,
  runtime text default ''::text not null,
  runtime_problem text default ''::text not null,
  templates text[] default '{}'::text[] not null,
  overcommit_cpu double precision default 16 not null,
  overcommit_memory double precision default 1 not null,
  overcommit_disk double precision default 1 not null,
  boot_id text,
  instance_id text,
  last_sequence bigint,
  last_seen_at timestamp with time zone,
  clock_skew_ms bigint default 0 not null,
  reported_digest bytea,
  last_placement bigint default 0 not null,
  reconciled_digest bytea,
  last_reconcile text default ''::text not null,
  last_reconciled_at timestamp with time zone,
  layers text[] default '{}'::text[] not null,
  template_digests text[] default '{}'::text[] not null,
  egress boolean default false not null,
  egress_problem text default ''::text not null,
  report_nonce bytea,
  previous_report_nonce bytea,
  reports_refused_at timestamp with time zone,
  retired_instances text[] default '{}'::text[] not null,
  instance_returns integer default 0 not null,
  instance_returned_at timestamp with time zone,
  ahead_at timestamp with time zone,
  drift_held integer default 0 not null,
  reestablished_at timestamp with time zone,
  missing_builders text[] default '{}'::text[] not null,
  assigned_team_id text,
  unknown_beyond integer default 0 not null,
  connection_refused_at timestamp with time zone,
  constraint hosts_pkey PRIMARY KEY (id),
  constraint hosts_assigned_team_id_fkey FOREIGN KEY (assigned_team_id) REFERENCES teams(id),
  constraint hosts_cordoned_by_fkey FOREIGN KEY (cordoned_by) REFERENCES users(id),
  constraint hosts_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id),
  constraint hosts_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id)
) with (fillfactor=60);
CREATE INDEX hosts_by_assigned_team ON hosts USING btree (assigned_team_id) WHERE (assigned_team_id IS NOT NULL);
CREATE INDEX hosts_by_team ON hosts USING btree (team_id) WHERE ((team_id IS NOT NULL) AND (status <> 'deleted'::host_status));
CREATE INDEX hosts_in_turn ON hosts USING btree (COALESCE(team_id, ''::text), last_placement, id) WHERE (status = 'online'::host_status);
CREATE UNIQUE INDEX hosts_by_name ON hosts USING btree (COALESCE(team_id, ''::text), name) WHERE (status <> 'deleted'::host_status);
CREATE UNIQUE INDEX hosts_by_request ON hosts USING btree (COALESCE(team_id, ''::text), request_id) WHERE (request_id IS NOT NULL);

create table installation (
  only_row boolean default true not null,
  id text not null,
  public_key bytea not null,
  sealed_private_key bytea not null,
  master_key_check bytea not null,
  database_generation bigint default 1 not null,
  created_at timestamp with time zone default now() not null,
  require_second_factor boolean default false not null,
  constraint installation_pkey PRIMARY KEY (only_row),
  constraint installation_only_row_check CHECK (only_row)
);
CREATE TRIGGER tell_required_factor AFTER UPDATE OF require_second_factor ON installation FOR EACH ROW WHEN ((new.require_second_factor IS DISTINCT FROM old.require_second_factor)) EXECUTE FUNCTION tell_installation_rule();

create table invites (
  id text not null,
  token_hash bytea not null,
  team_id text not null,
  email text not null,
  email_key text not null,
  role team_role not null,
  invited_by text not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  mailed_at timestamp with time zone,
  accepted_at timestamp with time zone,
  accepted_by text,
  revoked_at timestamp with time zone,
  constraint invites_pkey PRIMARY KEY (id),
  constraint invites_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES users(id),
  constraint invites_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES users(id),
  constraint invites_role_check CHECK ((role <> 'owner'::team_role)),
  constraint invites_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id)
);
CREATE INDEX invites_by_team ON invites USING btree (team_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX invites_one_open ON invites USING btree (team_id, email_key) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));

create table join_tokens (
  id text not null,
  token_hash bytea not null,
  host_id text not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  used_at timestamp with time zone,
  used_public_key bytea,
  used_refresh_hash bytea,
  enrolment_id text,
  constraint join_tokens_pkey PRIMARY KEY (id),
  constraint join_tokens_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);
CREATE INDEX join_tokens_by_host ON join_tokens USING btree (host_id);

create table key_deliveries (
  sandbox_id text not null,
  attempt integer not null,
  stamp text not null,
  delivered_at timestamp with time zone,
  problem text default ''::text not null,
  constraint key_deliveries_pkey PRIMARY KEY (sandbox_id),
  constraint key_deliveries_sandbox_id_fkey FOREIGN KEY (sandbox_id) REFERENCES sandboxes(id) ON DELETE CASCADE
);

create table keyrings (
  team_id text not null,
  holder_id text,
  gateway_token_id text,
  seeded_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint keyrings_pkey PRIMARY KEY (team_id),
  constraint keyrings_gateway_token_id_fkey FOREIGN KEY (gateway_token_id) REFERENCES gateway_tokens(id),
  constraint keyrings_holder_id_fkey FOREIGN KEY (holder_id) REFERENCES users(id),
  constraint keyrings_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id)
);

create table layers (
  digest text not null,
  size_bytes bigint,
  stored_at timestamp with time zone,
  kept boolean default false not null,
  created_at timestamp with time zone default now() not null,
  constraint layers_pkey PRIMARY KEY (digest)
);
CREATE INDEX layers_not_stored ON layers USING btree (created_at) WHERE (stored_at IS NULL);

create table machine_identities (
  id text not null,
  name text not null,
  team_id text not null,
  environment identity_environment not null,
  role key_role not null,
  scopes text[] not null,
  state identity_state default 'active'::identity_state not null,
  maker_id text not null,
  bound_host_id text,
  created_at timestamp with time zone default now() not null,
  request_id text,
  constraint machine_identities_pkey PRIMARY KEY (id),
  constraint machine_identities_bound_host_id_fkey FOREIGN KEY (bound_host_id) REFERENCES hosts(id),
  constraint machine_identities_maker_id_fkey FOREIGN KEY (maker_id) REFERENCES users(id),
  constraint machine_identities_request_id_key UNIQUE (request_id),
  constraint machine_identities_role_check CHECK ((role <> 'admin'::key_role)),
  constraint machine_identities_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id)
);
CREATE INDEX machine_identities_by_maker ON machine_identities USING btree (maker_id, team_id);
CREATE INDEX machine_identities_by_team ON machine_identities USING btree (team_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX machine_identities_by_name ON machine_identities USING btree (team_id, name) WHERE (state <> 'revoked'::identity_state);

create table mail_outbox (
  id text not null,
  purpose mail_purpose not null,
  reference text not null,
  recipient text not null,
  sealed bytea,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  attempts integer default 0 not null,
  next_attempt_at timestamp with time zone default now() not null,
  sent_at timestamp with time zone,
  failed_at timestamp with time zone,
  last_error text,
  constraint mail_outbox_pkey PRIMARY KEY (id)
);
CREATE INDEX mail_outbox_by_reference ON mail_outbox USING btree (reference) WHERE (sealed IS NOT NULL);
CREATE INDEX mail_outbox_waiting ON mail_outbox USING btree (next_attempt_at) WHERE (sealed IS NOT NULL);

create table migrations (
  number integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default now() not null,
  constraint migrations_pkey PRIMARY KEY (number)
);

create table minted_keys (
  id text not null,
  team_id text not null,
  provider text not null,
  state minted_key_state default 'wanted'::minted_key_state not null,
  attempt integer default 0 not null,
  provider_ref text,
  limit_micros bigint default 0 not null,
  limit_period text default 'never'::text not null,
  wanted_at timestamp with time zone default now() not null,
  minted_at timestamp with time zone,
  rotates_at timestamp with time zone,
  expires_at timestamp with time zone,
  spent_micros bigint default 0 not null,
  spent_in_period_micros bigint default 0 not null,
  used_at timestamp with time zone,
  seen_at timestamp with time zone,
  problem text default ''::text not null,
  constraint minted_keys_pkey PRIMARY KEY (id),
  constraint minted_keys_check CHECK (((state = ANY (ARRAY['wanted'::minted_key_state, 'unwanted'::minted_key_state])) OR (provider_ref IS NOT NULL))),
  constraint minted_keys_team_id_fkey FOREIGN KEY (team_id) REFERENCES keyrings(team_id)
);
CREATE INDEX minted_keys_by_provider ON minted_keys USING btree (provider);
CREATE UNIQUE INDEX minted_keys_live ON minted_keys USING btree (team_id, provider) WHERE (state = 'live'::minted_key_state);
CREATE UNIQUE INDEX minted_keys_wanted ON minted_keys USING btree (team_id, provider) WHERE (state = 'wanted'::minted_key_state);

create table one_time_tokens (
  id text not null,
  kind text not null,
  token_hash bytea not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  user_id text,
  constraint one_time_tokens_pkey PRIMARY KEY (id),
  constraint one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX one_time_tokens_by_kind ON one_time_tokens USING btree (kind) WHERE ((used_at IS NULL) AND (revoked_at IS NULL));
CREATE INDEX one_time_tokens_by_user ON one_time_tokens USING btree (user_id) WHERE (user_id IS NOT NULL);

create table ownership_offers (
  team_id text not null,
  user_id text not null,
  offered_by text not null,
  step_down boolean not null,
  offered_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  constraint ownership_offers_pkey PRIMARY KEY (team_id, user_id),
  constraint ownership_offers_offered_by_fkey FOREIGN KEY (offered_by) REFERENCES users(id),
  constraint ownership_offers_team_id_user_id_fkey FOREIGN KEY (team_id, user_id) REFERENCES team_members(team_id, user_id) ON DELETE CASCADE
);

create table passkey_challenges (
  challenge text not null,
  purpose passkey_purpose not null,
  user_id text not null,
  asker text not null,
  expires_at timestamp with time zone not null,
  constraint passkey_challenges_pkey PRIMARY KEY (challenge),
  constraint passkey_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX passkey_challenges_by_asker ON passkey_challenges USING btree (asker);
CREATE INDEX passkey_challenges_by_end ON passkey_challenges USING btree (expires_at);

create table passkeys (
  id text not null,
  user_id text not null,
  credential_id text not null,
  public_key bytea not null,
  sign_count bigint not null,
  transports text[] not null,
  rp_id text not null,
  name text not null,
  synced boolean not null,
  created_at timestamp with time zone default now() not null,
  last_used_at timestamp with time zone,
  constraint passkeys_pkey PRIMARY KEY (id),
  constraint passkeys_credential_id_key UNIQUE (credential_id),
  constraint passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX passkeys_by_user ON passkeys USING btree (user_id, created_at, id);
CREATE TRIGGER tell_changed_rights AFTER INSERT OR DELETE ON passkeys FOR EACH ROW EXECUTE FUNCTION tell_changed_rights('user_id');

create table provenance_keys (
  repository_id text not null,
  id text not null,
  name text not null,
  public_key text not null,
  added_at timestamp with time zone default now() not null,
  constraint provenance_keys_pkey PRIMARY KEY (repository_id, id),
  constraint provenance_keys_repository_id_fkey FOREIGN KEY (repository_id) REFERENCES repositories(id) ON DELETE CASCADE
);

create unlogged table rate_limits (
  key text not null,
  used integer default 0 not null,
  window_ends_at timestamp with time zone not null,
  constraint rate_limits_pkey PRIMARY KEY (key)
);
CREATE INDEX rate_limits_by_end ON rate_limits USING btree (window_ends_at);

create table recovery_codes (
  user_id text not null,
  code_hash bytea not null,
  created_at timestamp with time zone default now() not null,
  used_at timestamp with time zone,
  constraint recovery_codes_pkey PRIMARY KEY (user_id, code_hash),
  constraint recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);

create table replicas (
  id text not null,
  url text not null,
  version text not null,
  started_at timestamp with time zone default now() not null,
  alive_at timestamp with time zone default now() not null,
  constraint replicas_pkey PRIMARY KEY (id)
);

create table repositories (
  id text not null,
  name text not null,
  url text not null,
  branch text default 'main'::text not null,
  created_at timestamp with time zone default now() not null,
  created_by text,
  fetched_at timestamp with time zone,
  failing_since timestamp with time zone,
  fetch_error text default ''::text not null,
  published boolean default false not null,
  credential bytea,
  credential_kind text,
  webhook_secret bytea,
  webhook_created_at timestamp with time zone,
  webhook_delivered_at timestamp with time zone,
  webhook_event text default ''::text not null,
  webhook_refused_at timestamp with time zone,
  require_provenance boolean default false not null,
  forge_kind forge_kind,
  forge_seen forge_kind,
  constraint repositories_pkey PRIMARY KEY (id),
  constraint repositories_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id),
  constraint repositories_credential_kind_check CHECK ((credential_kind = ANY (ARRAY['token'::text, 'ssh_key'::text]))),
  constraint repositories_credential_whole CHECK (((credential IS NULL) = (credential_kind IS NULL))),
  constraint repositories_name_key UNIQUE (name)
);

create table repository_heads (
  id bigint generated always as identity not null,
  repository_id text not null,
  branch text not null,
  sha text not null,
  observed_at timestamp with time zone default now() not null,
  source text not null,
  forced boolean default false not null,
  constraint repository_heads_pkey PRIMARY KEY (id),
  constraint repository_heads_repository_id_fkey FOREIGN KEY (repository_id) REFERENCES repositories(id) ON DELETE CASCADE,
  constraint repository_heads_source_check CHECK ((source = ANY (ARRAY['poll'::text, 'webhook'::text, 'published'::text])))
);
CREATE INDEX repository_heads_by_commit ON repository_heads USING btree (repository_id, branch, sha, id DESC);
CREATE INDEX repository_heads_latest ON repository_heads USING btree (repository_id, branch, id DESC);

create table reset_requests (
  id text not null,
  email_key text not null,
  address text not null,
  user_agent text not null,
  request_id text not null,
  created_at timestamp with time zone default now() not null,
  constraint reset_requests_pkey PRIMARY KEY (id)
);

create table rollout_logs (
  sequence bigint generated always as identity not null,
  rollout_id text not null,
  update_id text not null,
  text text not null,
  at timestamp with time zone default now() not null,
  constraint rollout_logs_pkey PRIMARY KEY (sequence),
  constraint rollout_logs_rollout_id_fkey FOREIGN KEY (rollout_id) REFERENCES rollouts(id) ON DELETE CASCADE,
  constraint rollout_logs_update_id_fkey FOREIGN KEY (update_id) REFERENCES rollout_updates(id) ON DELETE CASCADE
);
CREATE INDEX rollout_logs_in_order ON rollout_logs USING btree (rollout_id, sequence);

create table rollout_updates (
  id text not null,
  rollout_id text not null,
  host_id text not null,
  component text not null,
  place integer not null,
  batch integer not null,
  state update_state default 'queued'::update_state not null,
  reason text default ''::text not null,
  from_sha text default ''::text not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  command_id text,
  command_ended_at timestamp with time zone,
  command_problem text default ''::text not null,
  stop_asked boolean default false not null,
  log_offset bigint default 0 not null,
  last_line text default ''::text not null,
  constraint rollout_updates_pkey PRIMARY KEY (id),
  constraint rollout_updates_command_id_key UNIQUE (command_id),
  constraint rollout_updates_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id),
  constraint rollout_updates_rollout_id_fkey FOREIGN KEY (rollout_id) REFERENCES rollouts(id) ON DELETE CASCADE,
  constraint rollout_updates_rollout_id_host_id_component_key UNIQUE (rollout_id, host_id, component)
);
CREATE UNIQUE INDEX rollout_updates_under_way ON rollout_updates USING btree (host_id, component) WHERE (state = ANY (ARRAY['queued'::update_state, 'running'::update_state, 'verifying'::update_state, 'returning'::update_state]));

create table rollouts (
  id text not null,
  repository text not null,
  components text[] not null,
  target_sha text not null,
  target_subject text default ''::text not null,
  canary_hosts integer not null,
  batch_size integer not null,
  soak_ms bigint not null,
  max_failures integer not null,
  catch_up boolean not null,
  catch_up_ms bigint not null,
  verify_ms bigint not null,
  return_on_failure boolean not null,
  reason text default ''::text not null,
  created_by text not null,
  created_at timestamp with time zone default now() not null,
  request_id text,
  state rollout_state default 'running'::rollout_state not null,
  outcome rollout_state,
  sentence text default ''::text not null,
  batch integer not null,
  soak_began_at timestamp with time zone,
  ended_at timestamp with time zone,
  include_pinned boolean default false not null,
  batch_began_at timestamp with time zone default now() not null,
  constraint rollouts_pkey PRIMARY KEY (id),
  constraint rollouts_outcome_check CHECK ((outcome = ANY (ARRAY['failed'::rollout_state, 'aborted'::rollout_state]))),
  constraint rollouts_request_id_key UNIQUE (request_id)
);
CREATE INDEX rollouts_newest ON rollouts USING btree (created_at DESC, id DESC);
CREATE INDEX rollouts_under_way ON rollouts USING btree (id) WHERE (state = ANY (ARRAY['running'::rollout_state, 'paused'::rollout_state, 'stopping'::rollout_state]));

create table sandbox_attempts (
  sandbox_id text not null,
  attempt integer not null,
  host_id text not null,
  started_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  outcome attempt_outcome default 'under_way'::attempt_outcome not null,
  reason text default ''::text not null,
  replica_id text,
  constraint sandbox_attempts_pkey PRIMARY KEY (sandbox_id, attempt),
  constraint sandbox_attempts_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id),
  constraint sandbox_attempts_sandbox_id_fkey FOREIGN KEY (sandbox_id) REFERENCES sandboxes(id) ON DELETE CASCADE
);

create table sandbox_events (
  id bigint generated always as identity not null,
  sandbox_id text not null,
  at timestamp with time zone default now() not null,
  wanted wanted_state not null,
  observed observed_state not null,
  reason text not null,
  host_id text not null,
  constraint sandbox_events_pkey PRIMARY KEY (id),
  constraint sandbox_events_sandbox_id_fkey FOREIGN KEY (sandbox_id) REFERENCES sandboxes(id) ON DELETE CASCADE
);
CREATE INDEX sandbox_events_by_sandbox ON sandbox_events USING btree (sandbox_id, id DESC);

create table sandboxes (
  id text not null,
  team_id text not null,
  created_by text not null,
  request_id text,
  host_id text not null,
  template text not null,
  cpu_millis integer not null,
  memory_mib integer not null,
  disk_mib integer not null,
  pids integer not null,
  env jsonb default '{}'::jsonb not null,
  metadata jsonb default '{}'::jsonb not null,
  network text default 'none'::text not null,
  on_disconnect text default 'pause'::text not null,
  host_labels jsonb default '{}'::jsonb not null,
  wanted wanted_state default 'running'::wanted_state not null,
  wanted_revision bigint default 1 not null,
  observed observed_state default 'pending'::observed_state not null,
  observed_revision bigint default 1 not null,
  host_revision bigint default 0 not null,
  attempt integer default 1 not null,
  attempt_call_ended_at timestamp with time zone,
  reason text default ''::text not null,
  last_log text,
  created_at timestamp with time zone default now() not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  expires_at timestamp with time zone,
  last_activity_at timestamp with time zone,
  bound_host_id text,
  on_expiry expiry_action default 'destroy'::expiry_action not null,
  auto_resume boolean default false not null,
  auto_renew_ms bigint,
  life_ms bigint,
  layers text[] default '{}'::text[] not null,
  egress jsonb,
  network_revision bigint default 0 not null,
  network_applied bigint default 0 not null,
  expiry_told timestamp with time zone,
  work_processes integer default 0 not null,
  last_work_at timestamp with time zone,
  work_told_at timestamp with time zone,
  silent_since timestamp with time zone,
  constraint sandboxes_pkey PRIMARY KEY (id),
  constraint sandboxes_auto_renew_ms_check CHECK ((auto_renew_ms > 0)),
  constraint sandboxes_bound_host_id_fkey FOREIGN KEY (bound_host_id) REFERENCES hosts(id),
  constraint sandboxes_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id),
  constraint sandboxes_life_ms_check CHECK ((life_ms > 0)),
  constraint sandboxes_network_check CHECK ((network = ANY (ARRAY['none'::text, 'egress'::text]))),
  constraint sandboxes_on_disconnect_check CHECK ((on_disconnect = ANY (ARRAY['pause'::text, 'keep'::text]))),
  constraint sandboxes_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id)
);
CREATE INDEX sandboxes_at_work ON sandboxes USING btree (id) WHERE ((observed <> ALL (ARRAY['destroyed'::observed_state, 'failed'::observed_state])) AND ((silent_since IS NOT NULL) OR (work_processes > 0) OR (metadata ? 'work'::text)));
CREATE INDEX sandboxes_by_expiry ON sandboxes USING btree (expires_at) WHERE (observed <> ALL (ARRAY['destroyed'::observed_state, 'failed'::observed_state]));
CREATE INDEX sandboxes_by_host ON sandboxes USING btree (host_id) WHERE (observed <> ALL (ARRAY['destroyed'::observed_state, 'failed'::observed_state]));
CREATE INDEX sandboxes_by_team ON sandboxes USING btree (team_id, created_at DESC, id DESC);
CREATE INDEX sandboxes_ended ON sandboxes USING btree (ended_at) WHERE (observed = ANY (ARRAY['destroyed'::observed_state, 'failed'::observed_state]));
CREATE INDEX sandboxes_expiry_untold ON sandboxes USING btree (host_id) WHERE ((expires_at IS DISTINCT FROM expiry_told) AND (observed <> ALL (ARRAY['destroyed'::observed_state, 'failed'::observed_state, 'pending'::observed_state])));
CREATE UNIQUE INDEX sandboxes_by_request ON sandboxes USING btree (team_id, request_id) WHERE (request_id IS NOT NULL);

create table secrets (
  name text not null,
  version bigint default 0 not null,
  sealed bytea,
  fingerprint text default ''::text not null,
  updated_at timestamp with time zone default now() not null,
  updated_by text not null,
  last_used_at timestamp with time zone,
  last_error text default ''::text not null,
  constraint secrets_pkey PRIMARY KEY (name)
);

create table sessions (
  id text not null,
  token_hash bytea not null,
  user_id text not null,
  active_team_id text,
  user_agent text not null,
  address text not null,
  created_at timestamp with time zone default now() not null,
  last_used_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  sign_in text default 'password'::text not null,
  constraint sessions_pkey PRIMARY KEY (id),
  constraint sessions_active_team_id_fkey FOREIGN KEY (active_team_id) REFERENCES teams(id),
  constraint sessions_sign_in_check CHECK ((sign_in = ANY (ARRAY['password'::text, 'oidc'::text]))),
  constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX sessions_by_user ON sessions USING btree (user_id, created_at DESC);

create table settings (
  name text not null,
  version bigint default 0 not null,
  value text,
  updated_at timestamp with time zone default now() not null,
  updated_by text not null,
  constraint settings_pkey PRIMARY KEY (name)
);

create table shown_certificates (
  replica_id text not null,
  url text not null,
  ends_at timestamp with time zone not null,
  warn_at timestamp with time zone not null,
  problem text not null,
  seen_at timestamp with time zone default now() not null,
  constraint shown_certificates_pkey PRIMARY KEY (replica_id)
);

create table sign_in_limits (
  key text not null,
  attempts integer not null,
  window_ends_at timestamp with time zone not null,
  blocked_until timestamp with time zone,
  admitted boolean not null,
  constraint sign_in_limits_pkey PRIMARY KEY (key)
);
CREATE INDEX sign_in_limits_by_end ON sign_in_limits USING btree (window_ends_at);

create table signing_keys (
  kid text not null,
  public_key bytea not null,
  sealed_private_key bytea not null,
  certificate bytea not null,
  created_at timestamp with time zone default now() not null,
  signs_from timestamp with time zone not null,
  retired_at timestamp with time zone,
  constraint signing_keys_pkey PRIMARY KEY (kid)
);

create table snapshots (
  id text not null,
  team_id text not null,
  name text default ''::text not null,
  sandbox_id text not null,
  template text not null,
  created_by text not null,
  request_id text,
  host_id text not null,
  state snapshot_state default 'creating'::snapshot_state not null,
  reason text default ''::text not null,
  layers text[] default '{}'::text[] not null,
  size_bytes bigint default 0 not null,
  created_at timestamp with time zone default now() not null,
  deleted_at timestamp with time zone,
  passing boolean default false not null,
  constraint snapshots_pkey PRIMARY KEY (id),
  constraint snapshots_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id),
  constraint snapshots_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id)
);
CREATE INDEX snapshots_by_team ON snapshots USING btree (team_id, created_at DESC, id DESC) WHERE (state <> 'deleted'::snapshot_state);
CREATE INDEX snapshots_under_way ON snapshots USING btree (host_id) WHERE (state = 'creating'::snapshot_state);
CREATE UNIQUE INDEX snapshots_by_request ON snapshots USING btree (team_id, request_id) WHERE (request_id IS NOT NULL);

create table support_keys (
  id text not null,
  name text not null,
  public_key text not null,
  fingerprint text not null,
  expires_at timestamp with time zone,
  host_ids text[] default '{}'::text[] not null,
  created_at timestamp with time zone default now() not null,
  created_by text not null,
  request_id text,
  removed_at timestamp with time zone,
  expiry_told boolean default false not null,
  constraint support_keys_pkey PRIMARY KEY (id),
  constraint support_keys_request_id_key UNIQUE (request_id)
);
CREATE INDEX support_keys_newest ON support_keys USING btree (created_at DESC, id DESC) WHERE (removed_at IS NULL);
CREATE UNIQUE INDEX support_keys_once ON support_keys USING btree (fingerprint) WHERE (removed_at IS NULL);

create table team_members (
  team_id text not null,
  user_id text not null,
  role team_role not null,
  joined_at timestamp with time zone default now() not null,
  constraint team_members_pkey PRIMARY KEY (team_id, user_id),
  constraint team_members_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id),
  constraint team_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE INDEX team_members_by_user ON team_members USING btree (user_id);
CREATE TRIGGER tell_changed_rights AFTER INSERT OR DELETE OR UPDATE OF role ON team_members FOR EACH ROW EXECUTE FUNCTION tell_changed_rights('user_id');

create table teams (
  id text not null,
  slug text not null,
  name text not null,
  own_hosts boolean default false not null,
  created_at timestamp with time zone default now() not null,
  deleted_at timestamp with time zone,
  invite_policy invite_policy default 'admins'::invite_policy not null,
  require_second_factor boolean default false not null,
  quota_sandboxes integer,
  quota_cpu_millis bigint,
  quota_memory_mib bigint,
  quota_disk_mib bigint,
  request_id text,
  sso_name text,
  quota_snapshots integer,
  quota_no_expiry boolean default false not null,
  quota_hosts integer,
  constraint teams_pkey PRIMARY KEY (id),
  constraint teams_quota_cpu_millis_check CHECK ((quota_cpu_millis > 0)),
  constraint teams_quota_disk_mib_check CHECK ((quota_disk_mib > 0)),
  constraint teams_quota_hosts_check CHECK ((quota_hosts > 0)),
  constraint teams_quota_memory_mib_check CHECK ((quota_memory_mib > 0)),
  constraint teams_quota_sandboxes_check CHECK ((quota_sandboxes > 0)),
  constraint teams_quota_snapshots_check CHECK ((quota_snapshots > 0)),
  constraint teams_request_id_key UNIQUE (request_id),
  constraint teams_slug_key UNIQUE (slug)
);
CREATE UNIQUE INDEX teams_by_sso_name ON teams USING btree (sso_name) WHERE (deleted_at IS NULL);
CREATE TRIGGER tell_ended_team AFTER UPDATE OF deleted_at ON teams FOR EACH ROW WHEN ((new.deleted_at IS DISTINCT FROM old.deleted_at)) EXECUTE FUNCTION tell_ended_team();
CREATE TRIGGER tell_required_factor AFTER UPDATE OF require_second_factor ON teams FOR EACH ROW WHEN ((new.require_second_factor IS DISTINCT FROM old.require_second_factor)) EXECUTE FUNCTION tell_team_rule();

create table templates (
  id text not null,
  team_id text not null,
  name text not null,
  version integer not null,
  source text not null,
  created_by text not null,
  request_id text,
  host_id text,
  state template_state default 'building'::template_state not null,
  reason text default ''::text not null,
  layers text[] default '{}'::text[] not null,
  created_at timestamp with time zone default now() not null,
  constraint templates_pkey PRIMARY KEY (id),
  constraint templates_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id),
  constraint templates_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id),
  constraint templates_team_id_name_version_key UNIQUE (team_id, name, version)
);
CREATE UNIQUE INDEX templates_by_request ON templates USING btree (team_id, request_id) WHERE (request_id IS NOT NULL);
CREATE UNIQUE INDEX templates_ready ON templates USING btree (team_id, name) WHERE (state = 'ready'::template_state);

create table tester_ssh (
  user_id text not null,
  enabled boolean default false not null,
  public_key text default ''::text not null,
  fingerprint text default ''::text not null,
  expires_at timestamp with time zone,
  version bigint default 0 not null,
  updated_at timestamp with time zone default now() not null,
  updated_by text not null,
  expiry_told boolean default false not null,
  constraint tester_ssh_pkey PRIMARY KEY (user_id),
  constraint tester_ssh_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id)
);
CREATE UNIQUE INDEX tester_ssh_once ON tester_ssh USING btree (fingerprint) WHERE (fingerprint <> ''::text);

create table tester_steps (
  tester_id text not null,
  kind tester_step not null,
  state tester_step_state default 'waiting'::tester_step_state not null,
  sentence text default ''::text not null,
  attempts integer default 0 not null,
  failures integer default 0 not null,
  next_attempt_at timestamp with time zone default now() not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint tester_steps_pkey PRIMARY KEY (tester_id, kind),
  constraint tester_steps_tester_id_fkey FOREIGN KEY (tester_id) REFERENCES testers(id) ON DELETE CASCADE
);
CREATE INDEX tester_steps_to_do ON tester_steps USING btree (next_attempt_at) WHERE (state = ANY (ARRAY['waiting'::tester_step_state, 'running'::tester_step_state]));

create table testers (
  id text not null,
  name text not null,
  email text not null,
  email_key text not null,
  wanted text default 'present'::text not null,
  template text not null,
  cpu_millis integer,
  memory_mib integer,
  disk_mib integer,
  pids integer,
  host_id text,
  user_id text,
  account_made boolean default false not null,
  team_id text,
  sandbox_id text,
  added_by text not null,
  added_at timestamp with time zone default now() not null,
  revision bigint default 1 not null,
  template_team_id text,
  constraint testers_pkey PRIMARY KEY (id),
  constraint testers_email_key_key UNIQUE (email_key),
  constraint testers_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id),
  constraint testers_team_id_fkey FOREIGN KEY (team_id) REFERENCES teams(id),
  constraint testers_template_team_id_fkey FOREIGN KEY (template_team_id) REFERENCES teams(id),
  constraint testers_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id),
  constraint testers_wanted_check CHECK ((wanted = ANY (ARRAY['present'::text, 'absent'::text])))
);
CREATE INDEX testers_by_name ON testers USING btree (name, id);
CREATE INDEX testers_by_user ON testers USING btree (user_id) WHERE (user_id IS NOT NULL);
CREATE UNIQUE INDEX testers_by_host ON testers USING btree (host_id) WHERE (host_id IS NOT NULL);

create table unknown_sandboxes (
  host_id text not null,
  sandbox_id text not null,
  attempt integer not null,
  first_seen_at timestamp with time zone default now() not null,
  last_seen_at timestamp with time zone default now() not null,
  gone_at timestamp with time zone,
  note text default ''::text not null,
  released_at timestamp with time zone,
  constraint unknown_sandboxes_pkey PRIMARY KEY (host_id, sandbox_id, attempt),
  constraint unknown_sandboxes_host_id_fkey FOREIGN KEY (host_id) REFERENCES hosts(id)
);

create unlogged table use_windows (
  key text not null,
  part_ms bigint not null,
  part bigint not null,
  counts integer[] not null,
  most integer not null,
  admitted boolean not null,
  ends_at timestamp with time zone not null,
  constraint use_windows_pkey PRIMARY KEY (key)
);
CREATE INDEX use_windows_by_end ON use_windows USING btree (ends_at);

create table users (
  id text not null,
  name text not null,
  email text not null,
  email_key text,
  password_hash text,
  platform_admin boolean default false not null,
  active boolean default true not null,
  created_at timestamp with time zone default now() not null,
  sso_source text,
  sso_id text,
  erased_at timestamp with time zone,
  constraint users_pkey PRIMARY KEY (id),
  constraint users_check CHECK (((sso_source IS NULL) = (sso_id IS NULL))),
  constraint users_check1 CHECK (((sso_source IS NOT NULL) OR ((email_key IS NOT NULL) AND (password_hash IS NOT NULL)))),
  constraint users_email_key_key UNIQUE (email_key)
);
CREATE UNIQUE INDEX users_by_sso ON users USING btree (sso_source, sso_id);
CREATE TRIGGER tell_changed_rights AFTER UPDATE OF platform_admin, active ON users FOR EACH ROW EXECUTE FUNCTION tell_changed_rights('id');

create table webhook_deliveries (
  repository_id text not null,
  delivery text not null,
  received_at timestamp with time zone default now() not null,
  constraint webhook_deliveries_pkey PRIMARY KEY (repository_id, delivery),
  constraint webhook_deliveries_repository_id_fkey FOREIGN KEY (repository_id) REFERENCES repositories(id) ON DELETE CASCADE
);

create view host_access_states as
 SELECT host.id AS host_id,
        CASE
            WHEN ((access.host_id IS NULL) OR (NOT (access.takes_support OR access.takes_testers OR (access.problem <> ''::text)))) THEN 'not_offered'::text
            WHEN ((access.generation = life.generation) AND (access.applied_revision = access.revision)) THEN
            CASE
                WHEN (access.problem = ''::text) THEN 'applied'::text
                ELSE 'failed'::text
            END
            WHEN (host.status = 'unreachable'::host_status) THEN 'unreachable'::text
            ELSE 'pending'::text
        END AS state
   FROM ((hosts host
     CROSS JOIN database_life life)
     LEFT JOIN host_access access ON ((access.host_id = host.id)))
  WHERE (host.status = ANY (ARRAY['online'::host_status, 'unreachable'::host_status]));

create view layers_under_way as
 SELECT snapshots.host_id
   FROM snapshots
  WHERE (snapshots.state = 'creating'::snapshot_state)
UNION ALL
 SELECT templates.host_id
   FROM templates
  WHERE ((templates.state = 'building'::template_state) AND (templates.host_id IS NOT NULL));

create view live_connections as
 SELECT connection.host_id,
    connection.generation,
    connection.replica_id,
    connection.instance_id,
    connection.connected_at,
    COALESCE(replica.alive_at, connection.alive_at) AS alive_at
   FROM (host_connections connection
     LEFT JOIN replicas replica ON ((replica.id = connection.replica_id)))
  WHERE (COALESCE(replica.alive_at, connection.alive_at) > (now() - '00:00:15'::interval));

create view needed_layers as
 SELECT unnest(snapshots.layers) AS digest,
    NULL::text AS host_id,
    snapshots.team_id
   FROM snapshots
  WHERE (snapshots.state = 'ready'::snapshot_state)
UNION ALL
 SELECT unnest(templates.layers) AS digest,
    NULL::text AS host_id,
    templates.team_id
   FROM templates
  WHERE (templates.state = 'ready'::template_state)
UNION ALL
 SELECT unnest(sandboxes.layers) AS digest,
    sandboxes.host_id,
    sandboxes.team_id
   FROM sandboxes
  WHERE (sandboxes.observed <> ALL (ARRAY['destroyed'::observed_state, 'failed'::observed_state]));

create view promised_capacity as
 SELECT host_id,
    count(*) AS sandboxes,
    COALESCE(sum(cpu_millis) FILTER (WHERE (NOT ((observed = 'stopped'::observed_state) AND (wanted <> 'running'::wanted_state)))), (0)::bigint) AS cpu_millis,
    COALESCE(sum(memory_mib) FILTER (WHERE (NOT ((observed = 'stopped'::observed_state) AND (wanted <> 'running'::wanted_state)))), (0)::bigint) AS memory_mib,
    sum(disk_mib) AS disk_mib
   FROM sandboxes
  WHERE (observed <> ALL (ARRAY['destroyed'::observed_state, 'failed'::observed_state]))
  GROUP BY host_id;

create view rolling_out as
 SELECT host_id,
    component,
    rollout_id
   FROM rollout_updates
  WHERE (state = ANY (ARRAY['running'::update_state, 'verifying'::update_state, 'returning'::update_state]));

create view sandboxes_left as
 SELECT host_id,
    (count(*))::integer AS live,
    (count(*) FILTER (WHERE (NOT ((observed = 'stopped'::observed_state) AND (wanted <> 'running'::wanted_state)))))::integer AS active
   FROM sandboxes
  WHERE (observed <> ALL (ARRAY['destroyed'::observed_state, 'failed'::observed_state]))
  GROUP BY host_id;

create view subject_names as
 SELECT users.id,
    users.name
   FROM users
UNION ALL
 SELECT teams.id,
    teams.name
   FROM teams
UNION ALL
 SELECT hosts.id,
    hosts.name
   FROM hosts
UNION ALL
 SELECT repositories.id,
    repositories.name
   FROM repositories
UNION ALL
 SELECT api_keys.id,
    api_keys.name
   FROM api_keys
UNION ALL
 SELECT machine_identities.id,
    machine_identities.name
   FROM machine_identities
UNION ALL
 SELECT testers.id,
    testers.name
   FROM testers;

create view wanted_host_keys as
 SELECT host.id AS host_id,
    support.id AS key_id,
    'support'::text AS kind,
    support.public_key,
    support.expires_at
   FROM (hosts host
     JOIN support_keys support ON (((support.removed_at IS NULL) AND ((support.expires_at IS NULL) OR (support.expires_at > now())) AND ((support.host_ids = '{}'::text[]) OR (host.id = ANY (support.host_ids))))))
  WHERE (host.status = ANY (ARRAY['online'::host_status, 'unreachable'::host_status]))
UNION ALL
 SELECT host.id AS host_id,
    person.user_id AS key_id,
    'tester'::text AS kind,
    ssh.public_key,
    ssh.expires_at
   FROM (((hosts host
     JOIN host_access_people person ON ((person.host_id = host.id)))
     JOIN tester_ssh ssh ON (((ssh.user_id = person.user_id) AND ssh.enabled AND (ssh.public_key <> ''::text) AND ((ssh.expires_at IS NULL) OR (ssh.expires_at > now())))))
     JOIN users ON (((users.id = person.user_id) AND users.active AND (users.erased_at IS NULL))))
  WHERE (host.status = ANY (ARRAY['online'::host_status, 'unreachable'::host_status]));
