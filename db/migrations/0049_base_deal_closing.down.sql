-- Takes the triggers away; what they wrote stays.
CALL salesflow.undo(49);
DROP FUNCTION salesflow.close_deal();
