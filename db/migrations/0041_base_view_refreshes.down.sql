-- The worker no longer refreshes; nothing is lost.
CALL salesflow.undo(41);
DROP FUNCTION salesflow.refresh_due_view();
DROP TABLE salesflow.view_refreshes;
