-- Ends the schedules.
CALL salesflow.undo(205);
