-- Takes the function away.
CALL salesflow.undo(89);
DROP FUNCTION salesflow.day_start(date, text);
