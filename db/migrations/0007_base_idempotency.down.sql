-- Takes back what 0007_base_idempotency.up.sql made.
CALL salesflow.undo(7);
