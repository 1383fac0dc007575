-- The counts go; they can be counted again.
CALL salesflow.undo(42);
