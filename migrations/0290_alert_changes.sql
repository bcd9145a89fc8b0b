-- Whatever changes about alerts is told to every replica, so that open pages learn it. Triggers, because it changes in many
-- places, by loops and by people, and none of them may forget it. One transaction tells it once.
-- Back: drop function tell_changed_alerts() cascade;

create function tell_changed_alerts() returns trigger language plpgsql as $$
begin
  perform pg_notify('muster', 'alert:' || tg_table_name);
  return null;
end $$;

create trigger tell_new_or_gone after insert or delete on alerts for each row execute function tell_changed_alerts();
create trigger tell_changed after update on alerts
  for each row when (old is distinct from new) execute function tell_changed_alerts();
create trigger tell_new_or_gone after insert or delete on alert_rules for each row execute function tell_changed_alerts();
create trigger tell_changed after update on alert_rules
  for each row when (old is distinct from new) execute function tell_changed_alerts();
create trigger tell_new_or_gone after insert or delete on alert_channels for each row execute function tell_changed_alerts();
create trigger tell_changed after update on alert_channels
  for each row when (old is distinct from new) execute function tell_changed_alerts();
create trigger tell_new_or_gone after insert or delete on alert_deliveries for each row execute function tell_changed_alerts();
create trigger tell_changed after update on alert_deliveries
  for each row when (old is distinct from new) execute function tell_changed_alerts();
-- Of machines that join and leave an alert its own row tells, by their number and its sentence.
create trigger tell_changed after update on alert_members
  for each row when (old is distinct from new) execute function tell_changed_alerts();
