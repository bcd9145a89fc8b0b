-- Sandboxes that keys bound to a host make: placed on that host alone, also when a try there has failed.
-- To go back: alter table sandboxes drop column bound_host_id.

alter table sandboxes add column bound_host_id text references hosts (id);
