-- Takes the function away.
CALL salesflow.undo(58);
DROP FUNCTION salesflow.list_lead_owners();
