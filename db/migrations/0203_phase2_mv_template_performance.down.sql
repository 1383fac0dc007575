-- Takes back what 0203_phase2_mv_template_performance.up.sql made and gives back what was found.
CALL salesflow.undo(203);
