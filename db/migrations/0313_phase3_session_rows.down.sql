CALL salesflow.undo(313);
