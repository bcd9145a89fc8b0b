-- What ran at one moment is read from each component's last interval before it, not from all older ones.
-- Back: drop index component_history_by_component;

create index component_history_by_component on component_history (host_id, component, started_at desc);
