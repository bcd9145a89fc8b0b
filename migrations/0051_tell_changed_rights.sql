-- Whatever changes what a person may do is told to every replica, so that their streams are looked at again. Triggers,
-- because rights are changed in many places and none of them may forget it.
-- Back: drop function tell_changed_rights() cascade; drop function tell_ended_team() cascade;

-- The argument names the column that holds the user's id.
create function tell_changed_rights() returns trigger language plpgsql as $$
begin
  perform pg_notify('muster', 'rights:' || (case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end ->> tg_argv[0]));
  return null;
end $$;

create trigger tell_changed_rights after insert or delete or update of role on team_members
  for each row execute function tell_changed_rights('user_id');
create trigger tell_changed_rights after update of platform_admin, active on users
  for each row execute function tell_changed_rights('id');

create function tell_ended_team() returns trigger language plpgsql as $$
begin
  perform pg_notify('muster', 'rights:' || user_id) from team_members where team_id = new.id;
  return null;
end $$;

create trigger tell_ended_team after update of deleted_at on teams
  for each row when (new.deleted_at is distinct from old.deleted_at) execute function tell_ended_team();
