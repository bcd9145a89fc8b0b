-- Since when a rollout's batch is under way: a host that lost its connection a moment ago is no host that is away.
-- Back: alter table rollouts drop column batch_began_at;

alter table rollouts add column batch_began_at timestamptz not null default now();
