-- Nothing is lost.
CALL salesflow.undo(40);
