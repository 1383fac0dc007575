-- Takes the function away.
CALL salesflow.undo(95);
DROP FUNCTION salesflow.list_import_progress(uuid[], uuid[]);
