-- Keys of teams at providers of models: whose there are, those that were minted, and how far they have come.
-- Back: drop table key_deliveries, minted_keys, keyrings; drop type minted_key_state; drop sequence key_revisions;
--       delete from secrets where name ~ '^(own_key|minted_key|keyring_token):'.

create table keyrings (
  team_id text primary key references teams,
  -- Whose use the team's sandboxes count as. Null: the team was given no keys, and has only its own.
  holder_id text references users,
  -- Of the model gateway, where one was needed; its secret is among the secrets.
  gateway_token_id text references gateway_tokens,
  seeded_at timestamptz,
  -- When everything of it went, because its team had ended.
  ended_at timestamptz
);

-- `wanted` is to be minted; `replaced` has a newer one in its place, which was not used yet; `unwanted` is to go.
create type minted_key_state as enum ('wanted', 'live', 'replaced', 'unwanted');

create table minted_keys (
  id text primary key,
  team_id text not null references keyrings,
  provider text not null,
  state minted_key_state not null default 'wanted',
  -- Of minting it. Each has a name of its own at the provider, so that one whose answer was lost is found there and ended.
  attempt integer not null default 0,
  -- What the provider calls it; its value is among the secrets.
  provider_ref text,
  limit_micros bigint not null default 0,
  limit_period text not null default 'never',
  wanted_at timestamptz not null default now(),
  minted_at timestamptz,
  rotates_at timestamptz,
  expires_at timestamptz,
  spent_micros bigint not null default 0,
  spent_in_period_micros bigint not null default 0,
  -- When the provider first said that more was spent than before, the last time.
  used_at timestamptz,
  -- When the provider was last asked.
  seen_at timestamptz,
  -- What the last try to mint it met, in one sentence.
  problem text not null default '',
  check (state in ('wanted', 'unwanted') or provider_ref is not null)
);
create unique index minted_keys_wanted on minted_keys (team_id, provider) where state = 'wanted';
create unique index minted_keys_live on minted_keys (team_id, provider) where state = 'live';
create index minted_keys_by_provider on minted_keys (provider);

-- What a sandbox's host has said that it has.
create table key_deliveries (
  sandbox_id text primary key references sandboxes,
  attempt integer not null,
  -- Of the secrets by their versions: the same for the same keys.
  stamp text not null,
  delivered_at timestamptz,
  -- What the last try met. Empty where it worked.
  problem text not null default ''
);

-- Numbers what hosts are sent: what was read later counts.
create sequence key_revisions;
