-- A connection lives as long as its replica does, which says so in one row instead of one for each host: with 10,000
-- hosts that was an update of 10,000 rows every 5 s. A replica of an older version has no row yet; its connections go on
-- saying it themselves.
-- Back: create or replace view live_connections as the one in 0011.

create or replace view live_connections as
  select connection.host_id, connection.generation, connection.replica_id, connection.instance_id, connection.connected_at,
    coalesce(replica.alive_at, connection.alive_at) as alive_at
  from host_connections connection
  left join replicas replica on replica.id = connection.replica_id
  where coalesce(replica.alive_at, connection.alive_at) > now() - interval '15 seconds';

create index host_connections_by_replica on host_connections (replica_id);
