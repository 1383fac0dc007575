-- Takes the function away.
CALL salesflow.undo(93);
