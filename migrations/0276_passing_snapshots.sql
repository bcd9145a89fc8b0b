-- What a fork takes on its way and deletes again counts against no quota.
-- Back: alter table snapshots drop column passing;

alter table snapshots add column passing boolean not null default false;
