-- The figures go; they can be counted again.
CALL salesflow.undo(92);
