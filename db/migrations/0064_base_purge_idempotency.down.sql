-- Takes back what 0064_base_purge_idempotency.up.sql made.
CALL salesflow.undo(64);
