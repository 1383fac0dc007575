-- Drops what up made; found tables keep their rows.
CALL salesflow.undo(44);
