-- Whose turn it is, without looking at every host; and heartbeats that touch no index: the column that they all change
-- was in one that only the sweep for silence used, which reads every online host anyway.
-- Back: drop index hosts_in_turn; alter table hosts reset (fillfactor);
--       create index hosts_by_silence on hosts (last_seen_at) where status = 'online';

create index hosts_in_turn on hosts (last_placement, id) where status = 'online';
drop index hosts_by_silence;
alter table hosts set (fillfactor = 60);
