-- Takes back what 0204_phase2_mv_hot_leads.up.sql made and gives back what was found.
CALL salesflow.undo(204);
