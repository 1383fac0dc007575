-- Takes back what 0060_base_message_queue.up.sql made.
CALL salesflow.undo(60);
