-- Each replica copies the checkpoints that are newer than the last one in its file.
-- Back: drop index audit_checkpoints_by_time;

create index audit_checkpoints_by_time on audit_checkpoints (signed_at);
