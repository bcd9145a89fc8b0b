-- A replica that was killed keeps its agents' successors out no longer than needed: 15 s instead of 30.
-- Back: create or replace view live_connections as the one in 0010.

create or replace view live_connections as
  select * from host_connections where alive_at > now() - interval '15 seconds';
