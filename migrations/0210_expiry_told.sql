-- What hosts know of when their sandboxes end: they carry it out themselves where they have lost the control plane.
-- Back: drop index sandboxes_expiry_untold; alter table sandboxes drop column expiry_told;

-- The end that the sandbox's host was last told.
alter table sandboxes add column expiry_told timestamptz;

create index sandboxes_expiry_untold on sandboxes (host_id)
  where expires_at is distinct from expiry_told and observed not in ('destroyed', 'failed', 'pending');
