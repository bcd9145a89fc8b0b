-- A repeated request for an identity answers the one that it made: who made it and the request id that they chose.
-- Back: alter table machine_identities drop column request_id;

alter table machine_identities add column request_id text unique;
