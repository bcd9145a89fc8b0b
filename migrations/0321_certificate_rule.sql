-- One rule of the new kind from the beginning, like for every other kind.
-- Back: delete from alert_rules where id = 'rule000000certificate'.

insert into alert_rules (id, name, kind, hold_ms, tell_resolved, created_by) values
  ('rule000000certificate', 'Certificates that end', 'certificate', 0, true, 'system')
-- Somebody may have a rule of that name: theirs stays.
on conflict do nothing;
