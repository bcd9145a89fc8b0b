-- Sandboxes that have ended keep a record for 30 days, without their environment, which often holds secrets. Snapshots
-- outlive what they were made from: they name it, and refer to nothing.
-- Back: drop index sandboxes_ended; alter table snapshots add foreign key (sandbox_id) references sandboxes not valid; and
--       the three foreign keys below without "on delete cascade". What was emptied and forgotten stays so.

alter table sandbox_attempts drop constraint sandbox_attempts_sandbox_id_fkey;
alter table sandbox_attempts add foreign key (sandbox_id) references sandboxes on delete cascade;

alter table sandbox_events drop constraint sandbox_events_sandbox_id_fkey;
alter table sandbox_events add foreign key (sandbox_id) references sandboxes on delete cascade;

alter table key_deliveries drop constraint key_deliveries_sandbox_id_fkey;
alter table key_deliveries add foreign key (sandbox_id) references sandboxes on delete cascade;

alter table snapshots drop constraint snapshots_sandbox_id_fkey;

create index sandboxes_ended on sandboxes (ended_at) where observed in ('destroyed', 'failed');

update sandboxes set env = '{}' where observed in ('destroyed', 'failed') and env <> '{}';
