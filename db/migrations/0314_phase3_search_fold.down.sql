-- Gives the searches their old text.
CALL salesflow.undo(314);
