-- Hosts that teams bring: a name and a repeatable request are each owner's own, and how many a team may have has a limit.
-- Back: alter table teams drop column quota_hosts; drop index hosts_by_team, hosts_by_request, hosts_by_name;
--       create unique index hosts_by_name on hosts (name) where status <> 'deleted';
--       alter table hosts add constraint hosts_request_id_key unique (request_id).

-- That a name is taken must not tell a team of another team's host.
drop index hosts_by_name;
create unique index hosts_by_name on hosts (coalesce(team_id, ''), name) where status <> 'deleted';

alter table hosts drop constraint hosts_request_id_key;
create unique index hosts_by_request on hosts (coalesce(team_id, ''), request_id) where request_id is not null;

create index hosts_by_team on hosts (team_id) where team_id is not null and status <> 'deleted';

-- Null: as many as every team may have.
alter table teams add column quota_hosts integer check (quota_hosts > 0);
