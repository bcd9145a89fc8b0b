-- One rule of each new kind from the beginning, like for every other kind.
-- Back: delete from alert_rules where id in ('rule000000quarantined', 'rule0000secondagent', 'rule000000000unknown', 'rule00000000gaveup', 'rule0000000000drift').

insert into alert_rules (id, name, kind, hold_ms, tell_resolved, created_by) values
  ('rule000000quarantined', 'Quarantined hosts', 'host_quarantined', 0, true, 'system'),
  ('rule0000secondagent', 'Second agents of a host', 'second_agent', 0, true, 'system'),
  ('rule000000000unknown', 'Unknown sandboxes', 'unknown_sandboxes', 0, true, 'system'),
  ('rule00000000gaveup', 'Drains that gave up', 'drain_gave_up', 0, true, 'system'),
  ('rule0000000000drift', 'Database older than its hosts', 'drift', 0, true, 'system')
-- Somebody may have a rule of that name: theirs stays.
on conflict do nothing;
