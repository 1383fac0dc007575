-- Counts that are right are left; up counts only what is missing.
CALL salesflow.undo(65);
