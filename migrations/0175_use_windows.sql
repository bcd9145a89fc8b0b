-- Limits by sliding windows: uses are counted in sixtieths of a window, so that none of its edges lets twice as much through.
-- Back: drop table use_windows; drop function aged_counts; alter table rate_limits alter column used drop default;

-- Counts of one window, the present sixtieth first, as they stand so many sixtieths later. One more than sixty: that of a
-- whole window ago may still be in it.
create function aged_counts(counts integer[], parts bigint) returns integer[] language sql immutable as $$
  select (array_fill(0, array[least(greatest(parts, 0), 61)::integer]) || counts)[1:61]
$$;

create unlogged table use_windows (
  -- The limit, and whom it counts: `call:calls:…`, `join:address:<digest>`.
  key text primary key,
  -- A sixtieth of the window, and which one the first count belongs to since 1970.
  part_ms bigint not null,
  part bigint not null,
  counts integer[] not null,
  -- More are not let through, and not counted: who keeps trying is not kept out by that.
  most integer not null,
  -- Whether the last uses were let through.
  admitted boolean not null,
  ends_at timestamptz not null
);
create index use_windows_by_end on use_windows (ends_at);

-- What is left there drains away, and has no count.
alter table rate_limits alter column used set default 0;
