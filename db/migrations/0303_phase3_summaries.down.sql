-- Drops the functions.
CALL salesflow.undo(303);
