-- Whose templates the sandbox of a tester may be made from, besides those that hosts bring.
-- Back: alter table testers drop column template_team_id.

alter table testers add column template_team_id text references teams;
