CALL salesflow.undo(82);
