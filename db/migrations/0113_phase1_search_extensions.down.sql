-- Dropped only if `up` made them.
CALL salesflow.undo(113);
