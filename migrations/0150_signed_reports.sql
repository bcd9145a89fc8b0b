-- Reports that are backed by the host key.
-- Back: alter table hosts drop report_nonce, drop previous_report_nonce, drop reports_refused_at;
--   alter table component_reports drop signed;

-- What the next reports have to sign, and what those have to whom the last answer was lost.
alter table hosts add report_nonce bytea, add previous_report_nonce bytea, add reports_refused_at timestamptz;
alter table component_reports add signed boolean not null default false;
