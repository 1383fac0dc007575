-- Drops the function and what salesflow_search may read.
CALL salesflow.undo(307);
