-- Takes the keys, their rules and their trigger away.
CALL salesflow.undo(43);
DROP FUNCTION salesflow.set_lead_match_keys();
