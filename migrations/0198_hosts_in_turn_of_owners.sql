-- Whose turn it is among the hosts of one owner: found in the index alone, whatever the planner believes of owners.
-- Back: drop index hosts_in_turn; create index hosts_in_turn on hosts (last_placement, id) where status = 'online';

drop index hosts_in_turn;
create index hosts_in_turn on hosts (coalesce(team_id, ''), last_placement, id) where status = 'online';
