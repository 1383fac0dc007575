-- Changes that nobody has read go with outbox and feed; all of them are in the tables that they name.
CALL salesflow.undo(6);
DROP FUNCTION salesflow.list_changes();
DROP FUNCTION salesflow.move_changes(bigint[], bigint[], bigint, bigint);
DROP FUNCTION salesflow.look_at_outbox(bigint);
DROP TABLE salesflow.change_subscribers;
DROP TABLE salesflow.change_feed_start;
DROP TABLE salesflow.change_feed;
DROP PROCEDURE salesflow.ensure_tenant_table(text, text, boolean);
DROP PROCEDURE salesflow.ensure_outbox(text, text, text, text);
DROP FUNCTION salesflow.note_statements(text, text, text, text, text);
