-- What sandboxes may reach, and which hosts can give them a network.
-- Back: alter table sandboxes drop column egress, drop column network_revision, drop column network_applied,
--         drop constraint sandboxes_network_check;
--       alter table hosts drop column egress, drop column egress_problem.

alter table sandboxes
  add constraint sandboxes_network_check check (network in ('none', 'egress')),
  -- The policy in the words of the contract; null without egress.
  add column egress jsonb,
  -- Grows with every change of the network; what the host was last known to have stands beside it.
  add column network_revision bigint not null default 0,
  add column network_applied bigint not null default 0;

alter table hosts
  add column egress boolean not null default false,
  add column egress_problem text not null default '';
