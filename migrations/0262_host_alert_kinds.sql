-- Alert rules can look for what happens to hosts; their first rules come with the next file, because new values of a type
-- cannot be used by the transaction that adds them.
-- Back: a value of a type cannot be taken out; unused they do no harm.

alter type alert_kind add value 'host_quarantined';
alter type alert_kind add value 'second_agent';
alter type alert_kind add value 'unknown_sandboxes';
alter type alert_kind add value 'drain_gave_up';
alter type alert_kind add value 'drift';
