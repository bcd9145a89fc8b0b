-- Which forge a repository lies on: as somebody has said, and as the first signed delivery of its webhook says.
-- Back: alter table repositories drop column forge_kind, drop column forge_seen; drop type forge_kind;

create type forge_kind as enum ('github', 'gitea', 'forgejo', 'gitlab');
alter table repositories add column forge_kind forge_kind, add column forge_seen forge_kind;
