-- One rule for silent work from the beginning, like for every other kind.
-- Back: delete from alert_rules where id = 'rule0000000000silent'.

insert into alert_rules (id, name, kind, hold_ms, tell_resolved, created_by) values
  ('rule0000000000silent', 'Silent work', 'silent_sandbox', 7200000, true, 'system');
