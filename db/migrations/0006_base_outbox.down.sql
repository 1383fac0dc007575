-- Unread rows of the outbox go with it.
CALL salesflow.undo(6);
DROP PROCEDURE salesflow.ensure_tenant_table(text, text, boolean);
DROP PROCEDURE salesflow.ensure_outbox(text, text);
DROP FUNCTION salesflow.note_org_update();
DROP FUNCTION salesflow.note_user_update();
DROP FUNCTION salesflow.note_org_write();
DROP FUNCTION salesflow.note_user_write();
