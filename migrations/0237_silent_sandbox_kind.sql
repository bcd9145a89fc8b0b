-- Alert rules can look for silent work; its first rule comes with the next file, because a new value of a type cannot be
-- used by the transaction that adds it.
-- Back: a value of a type cannot be taken out; unused it does no harm.

alter type alert_kind add value 'silent_sandbox';
