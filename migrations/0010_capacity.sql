-- What is promised on each host, and which connections count: one definition each, for the scheduler and for pages.
-- Back: drop view live_connections, promised_capacity.

-- A sum over rows, never a counter. Paused and missing sandboxes hold theirs; a stopped one holds its disk.
create view promised_capacity as
  select
    host_id,
    count(*) as sandboxes,
    coalesce(sum(cpu_millis) filter (where observed <> 'stopped'), 0) as cpu_millis,
    coalesce(sum(memory_mib) filter (where observed <> 'stopped'), 0) as memory_mib,
    sum(disk_mib) as disk_mib
  from sandboxes
  where observed not in ('destroyed', 'failed')
  group by host_id;

-- A connection that its replica has not renewed for 30 s belongs to a dead replica.
create view live_connections as
  select * from host_connections where alive_at > now() - interval '30 seconds';
