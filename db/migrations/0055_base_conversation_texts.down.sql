-- Takes back what 0055_base_conversation_texts.up.sql made.
CALL salesflow.undo(55);
DROP FUNCTION salesflow.leave_conversation_user();
DROP FUNCTION salesflow.rename_in_conversation_texts();
DROP FUNCTION salesflow.set_conversation_text();
DROP FUNCTION salesflow.add_conversation_texts();
DROP FUNCTION salesflow.conversation_text(text, text, text);
