-- Those whose silence is judged every minute: few of all that are remembered.
-- Back: drop index sandboxes_at_work.

create index sandboxes_at_work on sandboxes (id)
  where observed not in ('destroyed', 'failed') and (silent_since is not null or work_processes > 0 or metadata ? 'work');
