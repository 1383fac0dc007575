-- Takes the table and the column away: what is delivered or imported again afterwards is stored again.
CALL salesflow.undo(98);
