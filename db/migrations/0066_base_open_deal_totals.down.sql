-- The totals go; they can be summed again.
CALL salesflow.undo(66);
