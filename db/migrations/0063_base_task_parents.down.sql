-- Takes back what 0063_base_task_parents.up.sql made.
CALL salesflow.undo(63);
