-- Drops the function and what salesflow_search may read of places.
CALL salesflow.undo(306);
