-- When most hosts were last found silent at once: those who come back a little later than the others still get their time.
-- Back: alter table fleet_disruption drop column seen_at.

alter table fleet_disruption add column seen_at timestamptz not null default now();
