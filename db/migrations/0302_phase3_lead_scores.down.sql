-- Drops the functions and gives back found ones.
CALL salesflow.undo(302);
