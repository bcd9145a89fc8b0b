-- Whose things need a layer: of a host that a team brought, only its own team takes one.
-- Back: drop view needed_layers, and create it anew as in 0112_templates.sql.

create or replace view needed_layers as
  select unnest(layers) as digest, null::text as host_id, team_id from snapshots where state = 'ready'
  union all
  select unnest(layers), null, team_id from templates where state = 'ready'
  union all
  select unnest(layers), host_id, team_id from sandboxes where observed not in ('destroyed', 'failed');
