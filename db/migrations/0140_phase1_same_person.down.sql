-- The functions get their text back.
CALL salesflow.undo(140);
