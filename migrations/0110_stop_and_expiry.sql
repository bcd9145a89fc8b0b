-- Stopped sandboxes, what becomes of a sandbox when its time is over, and quotas for snapshots and endless life.
-- Back: alter table sandboxes drop column on_expiry, drop column auto_resume, drop column auto_renew_ms, drop column life_ms;
--       alter table teams drop column quota_snapshots, drop column quota_no_expiry; drop type expiry_action;
--       and promised_capacity as in 0010_capacity.sql.

create type expiry_action as enum ('destroy', 'stop', 'pause');

alter table sandboxes
  add column on_expiry expiry_action not null default 'destroy',
  add column auto_resume boolean not null default false,
  -- Null: use does not renew it.
  add column auto_renew_ms bigint check (auto_renew_ms > 0),
  -- How long it was last given; again what it gets when it is resumed or started after its time was over.
  add column life_ms bigint check (life_ms > 0);
update sandboxes set life_ms = greatest(extract(epoch from expires_at - created_at) * 1000, 1)::bigint where expires_at is not null;

alter table teams
  -- Null: no limit of its own.
  add column quota_snapshots integer check (quota_snapshots > 0),
  add column quota_no_expiry boolean not null default false;

-- A sum over rows, never a counter. Paused and missing sandboxes hold theirs; one that is stopped, and is to stay so,
-- holds its disk. One that a reboot has stopped is to run again and holds all.
create or replace view promised_capacity as
  select
    host_id,
    count(*) as sandboxes,
    coalesce(sum(cpu_millis) filter (where not (observed = 'stopped' and wanted <> 'running')), 0) as cpu_millis,
    coalesce(sum(memory_mib) filter (where not (observed = 'stopped' and wanted <> 'running')), 0) as memory_mib,
    sum(disk_mib) as disk_mib
  from sandboxes
  where observed not in ('destroyed', 'failed')
  group by host_id;
