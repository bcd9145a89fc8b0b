-- Sandboxes that a host names, that nobody knows, and that are too many to be listed.
-- Back: alter table hosts drop column unknown_beyond.

alter table hosts add column unknown_beyond integer not null default 0;
