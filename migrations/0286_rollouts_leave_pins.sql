-- A rollout leaves out what is pinned elsewhere, unless it was asked for.
-- Back: alter table rollouts drop column include_pinned;

alter table rollouts add column include_pinned boolean not null default false;
