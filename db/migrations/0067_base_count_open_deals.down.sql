-- Totals that are right are left; up sums only what is missing.
CALL salesflow.undo(67);
