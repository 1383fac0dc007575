-- Enables again what `up` disabled.
CALL salesflow.undo(23);
