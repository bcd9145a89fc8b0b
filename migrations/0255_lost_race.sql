-- Lets a statement that nobody waits for undo its transaction: it is repeated then, as after any lost race.
-- Back: drop function require_row.

-- Fails as a serialization failure where there is no row.
create function require_row(present boolean, otherwise text) returns void language plpgsql as $$
begin
  if not present then
    raise exception '%', otherwise using errcode = 'serialization_failure';
  end if;
end
$$;
