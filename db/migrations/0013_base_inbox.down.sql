-- Takes back what 0013_base_inbox.up.sql made.
CALL salesflow.undo(13);
