-- Drops the function and what it lets salesflow_search read.
CALL salesflow.undo(309);
