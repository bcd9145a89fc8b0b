-- When a second agent instance of a host was last refused and written down: copies try again and again.
-- Back: alter table hosts drop connection_refused_at;

alter table hosts add connection_refused_at timestamptz;
