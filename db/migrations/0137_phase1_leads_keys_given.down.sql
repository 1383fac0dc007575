-- The trigger makes every key itself again.
CALL salesflow.undo(137);
