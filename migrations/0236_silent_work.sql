-- What hosts say goes on in sandboxes, and since when it is silent.
-- Back: alter table sandboxes drop column work_processes, drop column last_work_at, drop column work_told_at, drop column silent_since.

alter table sandboxes
  -- Processes of callers that run in it.
  add column work_processes integer not null default 0,
  -- The last sign of work that its host has seen.
  add column last_work_at timestamptz,
  -- When its host last said so: what nobody watches is not called silent.
  add column work_told_at timestamptz,
  -- Since when its work is silent, as it was last judged.
  add column silent_since timestamptz;
