-- Takes back what 0008_base_events.up.sql made.
CALL salesflow.undo(8);
