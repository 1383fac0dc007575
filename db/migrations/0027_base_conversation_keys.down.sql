-- Takes back what 0027_base_conversation_keys.up.sql made.
CALL salesflow.undo(27);
DROP FUNCTION salesflow.set_conversation_keys();
