-- Takes back the extension if up made it.
CALL salesflow.undo(19);
