-- Takes back what 0012_base_notes_feedback.up.sql made.
CALL salesflow.undo(12);
DROP FUNCTION salesflow.set_composite_reward();
