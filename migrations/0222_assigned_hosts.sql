-- Machines of the platform that only one team's sandboxes run on, as long as they are assigned to it.
-- Back: alter table hosts drop column assigned_team_id.

alter table hosts add column assigned_team_id text references teams;
create index hosts_by_assigned_team on hosts (assigned_team_id) where assigned_team_id is not null;
