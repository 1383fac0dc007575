-- Days and replies go; they can be computed again.
CALL salesflow.undo(83);
