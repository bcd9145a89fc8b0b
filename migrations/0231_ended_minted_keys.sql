-- Minted keys that ended stay known, for what was spent with them.
-- Back: delete from minted_keys where state = 'ended'; the value stays in the type, unused.

alter type minted_key_state add value 'ended';
