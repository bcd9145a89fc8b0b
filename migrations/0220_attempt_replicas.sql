-- Which replica starts an attempt: when that one is gone, so is its call, and nobody waits for it any longer.
-- Back: alter table sandbox_attempts drop column replica_id.

-- Null: of before this was kept.
alter table sandbox_attempts add column replica_id text;
