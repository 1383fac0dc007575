-- Messages that were made stay.
CALL salesflow.undo(308);
DROP FUNCTION salesflow.process_due_sequences(integer);
