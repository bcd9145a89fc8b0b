-- Whether the config of a host says that what lies on disk is used as it is, without a process.
-- Back: alter table component_reports drop column no_process;

alter table component_reports add column no_process boolean not null default false;
