-- Programs that hosts lack and that building templates takes.
-- Back: alter table hosts drop column missing_builders;

alter table hosts add column missing_builders text[] not null default '{}';
