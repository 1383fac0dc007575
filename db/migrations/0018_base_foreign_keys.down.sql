-- Takes back what 0018_base_foreign_keys.up.sql made.
CALL salesflow.undo(18);
