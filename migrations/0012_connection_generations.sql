-- Connections are numbered over all hosts and for ever: a row that was deleted must not make a newer one look older.
-- Back: drop sequence connection_generations.

create sequence connection_generations;
select setval('connection_generations', coalesce((select max(generation) from host_connections), 0) + 1);
