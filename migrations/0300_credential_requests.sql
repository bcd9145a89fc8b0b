-- A repeated request for one more credential of an identity answers the one that it made: who made it and the request id
-- that they chose.
-- Back: alter table credentials drop column request_id;

alter table credentials add column request_id text;
create unique index credentials_by_request on credentials (identity_id, request_id) where request_id is not null;
