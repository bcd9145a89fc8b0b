-- Looking at one host read the tokens and families of all of them.
-- Back: drop index host_refresh_tokens_of_family, host_families_of_host;

create index host_refresh_tokens_of_family on host_refresh_tokens (family_id);
create index host_families_of_host on host_families (host_id);
