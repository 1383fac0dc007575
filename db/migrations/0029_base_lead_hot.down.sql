-- The projection goes; it can be made again from leads and satellites.
CALL salesflow.undo(29);
